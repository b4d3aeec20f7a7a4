// A document's life: uploaded, described, approved by somebody else, released, found, withdrawn or taken down.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';
import { wordFile } from '../support/docx.js';

const drafter = ['经办人员', '区发改局'];
const approver = ['审批人员', '区发改局'];

/** Signs the drafter in and uploads; ends on the metadata form. */
async function upload(staff, demo, title, paragraphs) {
  const page = await staff(...drafter);
  await page.goto(`${demo.desk}/documents/new`);
  await page.getByLabel('单位').selectOption({ label: '区发改局' });
  await page.getByLabel('文件类别').selectOption({ label: '其他政策文件' });
  await page.getByLabel('正文').setInputFiles(wordFile('示例.docx', title, paragraphs));
  await page.getByRole('button', { name: '上传，去填写信息' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '填写文件信息' })).toBeVisible();
  return page;
}

async function describe(page, title, number) {
  await page.getByLabel('标题').fill(title);
  await page.getByLabel('发文机关').fill('福州市仓山区发展和改革局');
  await page.getByLabel(/^发文字号/).fill(number);
  await page.getByLabel('成文日期').fill('2021-11-22');
  await page.getByLabel('主题分类').selectOption({ index: 1 });
  await page.getByLabel('法定主动公开事项').selectOption({ index: 1 });
  await page.getByLabel('公开属性').selectOption({ label: '主动公开' });
}

/** From the metadata form to the public page; returns its address. */
async function bringOut(page, staff) {
  await page.getByRole('button', { name: '保存，去核对' }).click();
  await page.getByRole('button', { name: '送审' }).click();
  await expect(page.locator('.page-head')).toContainText('待审批');
  await expect(page.getByRole('button', { name: '发布' }), 'not before approval').toBeDisabled();
  const address = page.url();

  const other = await staff(...approver);
  await other.goto(address);
  await other.getByLabel('意见').fill('示例：同意。');
  await other.getByRole('button', { name: '同意', exact: true }).click();
  await expect(other.locator('.page-head')).toContainText('待发布');

  await page.goto(address);
  await page.getByRole('link', { name: '发布', exact: true }).click();
  await page.getByRole('button', { name: '发布', exact: true }).click();
  await expect(page.locator('.page-head')).toContainText('已发布');
  return new URL(await page.getByRole('link', { name: '公开页面' }).getAttribute('href')).pathname;
}

async function found(page, words, title) {
  await page.goto(`/search?q=${encodeURIComponent(words)}`);
  return page.getByRole('main').getByRole('link', { name: title }).count();
}

test('a document is uploaded, corrected, approved, released, found and taken down', async ({ page: citizen, staff, demo }, info) => {
  const title = `示例区发展和改革局关于青瓷步道维护的示例通知（${info.project.name}）`;
  const page = await upload(staff, demo, title, [
    '为做好青瓷步道的日常维护，现将示例安排通知如下。',
    '维护队伍每周巡查一次，发现松动的石板当天修复。',
  ]);

  await test.step('an error stands beside its field, and nothing typed is lost', async () => {
    await describe(page, title, '仓发改示〔2021〕号');
    await page.getByLabel('成文日期').fill('2031-12-31');
    await page.getByLabel(/^内容概述/).fill('示例概述：写好了就不该丢。');
    await page.getByRole('button', { name: '保存，去核对' }).click();
    const summary = page.getByRole('alert');
    await expect(summary).toBeFocused();
    await expect(summary.getByRole('link')).toHaveCount(2);
    await expect(page.locator('#written_on-error')).toContainText('不能晚于今天');
    await expect(page.getByLabel('成文日期')).toHaveAccessibleDescription(/不能晚于今天/);
    await expect(page.getByLabel('成文日期')).toHaveAttribute('aria-invalid', 'true');
    await summary.getByRole('link', { name: /成文日期/ }).click();
    await expect(page.getByLabel('成文日期')).toBeFocused();
    await expect(page.getByLabel('标题')).toHaveValue(title);
    await expect(page.getByLabel(/^发文字号/)).toHaveValue('仓发改示〔2021〕号');
    await expect(page.getByLabel(/^内容概述/)).toHaveValue('示例概述：写好了就不该丢。');
    await expect(page.getByLabel('公开属性').locator('option:checked')).toHaveText('主动公开');
    await fitsTheScreen(page);
    await axe(page);
  });

  await describe(page, title, '仓发改示〔2021〕91号');
  const path = await bringOut(page, staff);
  await fitsTheScreen(page);
  await axe(page);

  await test.step('the public page shows the text and the statutory box', async () => {
    await citizen.goto(path);
    await expect(citizen.getByRole('heading', { level: 1 })).toHaveText(title);
    const box = citizen.locator('.meta-box');
    for (const [label, words] of [
      ['发文机关', '福州市仓山区发展和改革局'],
      ['发文字号', '仓发改示〔2021〕91号'],
      ['成文日期', '2021年11月22日'],
      ['标题', title],
    ]) {
      await expect(box.locator('div', { has: citizen.getByText(label, { exact: true }) }).locator('dd')).toHaveText(words);
    }
    await expect(box).toContainText('索引号');
    await expect(citizen.getByRole('article')).toContainText('发现松动的石板当天修复');
    await expect(citizen.locator('meta[name="ArticleTitle"]')).toHaveAttribute('content', title);
    await fitsTheScreen(citizen);
    await axe(citizen);
  });

  await test.step('words of the title and of the text find it', async () => {
    await expect.poll(() => found(citizen, '青瓷步道', title)).toBe(1);
    await expect.poll(() => found(citizen, '松动的石板', title)).toBe(1);
    await fitsTheScreen(citizen);
    await axe(citizen);
  });

  await test.step('the approver takes it down; nothing but a notice is left', async () => {
    const other = await staff(...approver);
    await other.goto(page.url());
    await other.getByRole('link', { name: '下架' }).click();
    await other.getByLabel('原因').fill('示例：公示期届满。');
    await axe(other);
    await other.getByRole('button', { name: '下架', exact: true }).click();
    await expect(other.getByRole('heading', { level: 1 })).toHaveText(title);
    const gone = await citizen.goto(path);
    expect(gone.status()).toBe(410);
    await expect(citizen.getByRole('heading', { level: 1 })).toHaveText('本页已下架');
    await expect(citizen.getByRole('main')).not.toContainText('步道');
    await expect(citizen.locator('html')).not.toContainText('公示期届满。');
    await axe(citizen);
    await expect.poll(() => found(citizen, '青瓷步道', title)).toBe(0);
    await citizen.goto('/releases');
    await expect(citizen.getByRole('main')).not.toContainText('青瓷步道');
  });
});

test('a document is withdrawn: it stays readable under a banner that says why', async ({ page: citizen, staff, demo }, info) => {
  const title = `示例区发展和改革局关于白塔灯光时段的示例通告（${info.project.name}）`;
  const page = await upload(staff, demo, title, ['白塔灯光每晚八时开启，十时关闭，节假日延长半小时。']);
  await describe(page, title, '仓发改示〔2021〕92号');
  const path = await bringOut(page, staff);
  const other = await staff(...approver);
  await other.goto(page.url());
  await other.getByRole('link', { name: '撤稿' }).click();
  await other.getByLabel('原因').fill('示例：时段有误。');
  await other.getByRole('button', { name: '撤稿', exact: true }).click();
  await expect(other.getByRole('heading', { level: 1 })).toHaveText(title);

  expect((await citizen.goto(path)).status()).toBe(200);
  const banner = citizen.getByRole('region', { name: '本文件已撤稿' });
  await expect(banner).toContainText('示例：时段有误。');
  await expect(citizen.getByRole('article')).toContainText('每晚八时开启');
  await expect(citizen.locator('.meta-box')).toContainText('已撤稿');
  const order = await citizen.evaluate(() => {
    const [notice, text] = [document.querySelector('.banner'), document.querySelector('article')];
    return Boolean(notice.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING);
  });
  expect(order, 'the banner comes before the text').toBe(true);
  await fitsTheScreen(citizen);
  await axe(citizen);
});

test('who drafted a document cannot approve it', async ({ staff, demo }, info) => {
  const title = `示例区发展和改革局关于长廊座椅的示例通知（${info.project.name}）`;
  const page = await upload(staff, demo, title, ['长廊座椅示例。']);
  await describe(page, title, '');
  await page.getByRole('button', { name: '保存，去核对' }).click();
  await page.getByRole('button', { name: '送审' }).click();
  await expect(page.locator('.page-head')).toContainText('待审批');
  await expect(page.getByRole('button', { name: '同意' })).toHaveCount(0);
});
