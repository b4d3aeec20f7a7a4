// The district's office imports a breakdown: one that it has already, and one with doubts.

import { fileURLToPath } from 'node:url';
import { axe, expect, fitsTheScreen, test } from '../support/test.js';

const sample = fileURLToPath(
  new URL('../../../crates/breakdown/samples/2021-cangshan-task-breakdown.docx', import.meta.url),
);

// A table of our own, with one unit that no register knows, one sentence that looks cut off, and one empty cell.
const table = fileURLToPath(new URL('../tables/2022-example.txt', import.meta.url));

test('the same table is recognised and not imported again', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/breakdowns`);
  const before = await page.locator('tbody tr').count();
  await page.getByLabel('分解表', { exact: true }).setInputFiles(sample);
  await expect(page.getByRole('main')).toContainText('2021-cangshan-task-breakdown.docx');
  await page.getByRole('button', { name: '上传并预览' }).click();
  await expect(page.getByRole('heading', { name: '这张表以前导入过' })).toBeVisible();
  await expect(page.locator('tbody th.num')).toHaveCount(34);
  await fitsTheScreen(page);
  await axe(page);
  await page.goto(`${demo.desk}/breakdowns`);
  await expect(page.locator('tbody tr')).toHaveCount(before);
});

test('what is no such table is refused, with the reason beside the field', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/breakdowns`);
  await page.getByLabel('分解表', { exact: true }).setInputFiles({
    name: '通知.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('示例通知\n\n这里没有表格。\n'),
  });
  await page.getByRole('button', { name: '上传并预览' }).click();
  await expect(page.getByRole('alert')).toContainText('没有导入');
  await expect(page.locator('#table-error')).toContainText('表格');
  await expect(page.getByLabel('分解表', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await fitsTheScreen(page);
  await axe(page);
});

test('a table with doubts is previewed, answered and adopted', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/breakdowns`);
  await page.getByLabel('分解表', { exact: true }).setInputFiles(table);
  await page.getByRole('button', { name: '上传并预览' }).click();

  await test.step('every doubt stands under its row', async () => {
    await expect(page.getByRole('heading', { level: 1 })).toContainText('预览：2022年示例区政务公开工作主要任务分解表');
    await expect(page.getByRole('heading', { name: /有 1 处需要您回答/ })).toBeVisible();
    await expect(page.locator('#row-2')).toContainText('没有句末标点');
    await expect(page.locator('#row-3')).toContainText('“工作要求”为空');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('it is not adopted before the question is answered', async () => {
    await page.getByRole('button', { name: '生效' }).click();
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('heading', { level: 1 })).toContainText('预览：');
  });

  await test.step('answered, it is adopted and its tasks stand on the board', async () => {
    await page.getByLabel(/“区示例改革服务专班”是哪个单位/).selectOption({ label: '区政府办' });
    await page.getByRole('button', { name: '生效' }).click();
    await expect(page).toHaveURL(/\/board/);
    await page.goto(`${demo.desk}/board?year=2022`);
    await expect(page.locator('.board tbody tr:has(th.task)')).toHaveCount(4);
    await expect(page.locator('.board tbody')).toContainText('整理示例台账');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('and it is taken out of force again, with a reason', async () => {
    await page.goto(`${demo.desk}/breakdowns`);
    await page.getByRole('link', { name: /2022年示例区/ }).click();
    await page.getByLabel('停用原因').fill('示例：试读后停用。');
    await page.getByRole('button', { name: '停用这张分解表' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '停用这张分解表' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await page.goto(`${demo.desk}/board`);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('2021年');
  });
});
