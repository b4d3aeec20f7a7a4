// The district's office enters many units from a table: what is wrong is seen before, what became of each row after.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

const heading = '示例区新设单位\n\n全称,简称,代码,类别,依据,电话\n';

/** A table of our own; each run has names of its own, because the same file again leads to its earlier report. */
function table(mark) {
  const good = [1, 2].map((n) => `示例${mark}中心${n},示例${mark}心${n},sl-${mark}-${n},其他,示例批复,\n`).join('');
  return Buffer.from(`${heading}${good}示例${mark}中心三,示例${mark}心三,坏代码,其他,示例批复,\n`);
}

test('units come from a table, row by row, and the same file is recognised', async ({ staff, demo }, { project }) => {
  const page = await staff('政务公开主管', '区政府办');
  const buffer = table(project.name.replace(/[^a-z]/g, ''));
  const choose = async () => {
    await page.getByLabel('表格文件').setInputFiles({ name: '示例新单位.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: '上传并预览' }).click();
  };

  await test.step('what is no such table is refused beside the field', async () => {
    await page.goto(`${demo.desk}/units`);
    await page.getByRole('link', { name: '用表格批量导入' }).click();
    await page.getByLabel('表格文件').setInputFiles({ name: '通知.csv', mimeType: 'text/csv', buffer: Buffer.from('随便写写\n') });
    await page.getByRole('button', { name: '上传并预览' }).click();
    await expect(page.getByRole('alert')).toContainText('没有找到表头');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('the template can be downloaded', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: '下载模板', exact: true }).click();
    expect((await download).suggestedFilename()).toBe('单位导入模板.xlsx');
  });

  await test.step('the preview says what is wrong in which row', async () => {
    await choose();
    await expect(page.getByRole('heading', { name: '2 行可以导入，1 行有问题' })).toBeVisible();
    await expect(page.getByRole('main')).toContainText('代码：请用小写字母');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('once confirmed, it goes on by itself to the report', async () => {
    await page.getByRole('button', { name: '确认导入没有问题的 2 行' }).click();
    await expect(page.getByRole('heading', { name: '导入 2 行，已有 0 行，未导入 1 行' })).toBeVisible({ timeout: 20_000 });
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: '下载未导入的行' }).click();
    expect((await download).suggestedFilename()).toBe('示例新单位-未导入的行.xlsx');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('the same file again leads to the same report', async () => {
    await page.goto(`${demo.desk}/intake/units`);
    await choose();
    await expect(page.getByRole('heading', { name: '这个文件以前上传过' })).toBeVisible();
    await expect(page.getByRole('heading', { name: '导入 2 行，已有 0 行，未导入 1 行' })).toBeVisible();
  });
});
