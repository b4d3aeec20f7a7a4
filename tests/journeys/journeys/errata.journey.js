// Somebody finds an error on a page, reports it, gets an answer; also without scripts, and while the form is under attack.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

/** A page of a document, from the list of releases. */
async function openDocument(page) {
  await page.goto('/releases');
  await page.locator('.release-list a').first().click();
  return new URL(page.url()).pathname;
}

async function fill(page, words) {
  await page.getByLabel('差错类型').selectOption({ label: '错别字或表述错误' });
  await page.getByLabel('错在哪里').fill(words);
}

/** Sends the form; a form sent at once after it opened is not taken, so this waits as a reader would. */
async function send(page) {
  await page.waitForTimeout(2100);
  await page.getByRole('button', { name: '提交', exact: true }).click();
}

async function receipt(page) {
  await expect(page.getByRole('heading', { level: 1, name: '已收到' })).toBeVisible();
  const [number, code] = await page.locator('dd.reference').allTextContents();
  return { number, code };
}

async function lookUp(page, { number, code }) {
  await page.goto('/errata/status');
  await page.getByLabel('编号', { exact: true }).fill(number);
  await page.getByLabel('查询码', { exact: true }).fill(code);
  await page.getByRole('button', { name: '查询' }).click();
}

const check = async (page) => {
  await axe(page);
  await fitsTheScreen(page);
};

test('an error on a page is reported, answered and looked up', async ({ page, staff, demo }) => {
  const path = await openDocument(page);
  await page.getByRole('link', { name: '本页找错' }).click();
  await expect(page.getByLabel('有差错的网页')).toHaveValue(path);
  await expect(page.locator('.leave-empty')).toBeHidden();
  await check(page);

  await test.step('what is wrong stands beside its field, and nothing typed is lost', async () => {
    await page.getByLabel('错在哪里').fill('示例：第二段少了一个字。');
    await send(page);
    await expect(page.locator('#kind-error')).toContainText('请选择');
    await expect(page.getByLabel('错在哪里')).toHaveValue('示例：第二段少了一个字。');
    await check(page);
  });

  await fill(page, '示例：第二段少了一个字。');
  await page.getByLabel('联系方式').fill('示例电话 0000');
  await send(page);
  const given = await receipt(page);
  expect(given.code).toMatch(/^[2-9A-HJ-NP-Z]{4}(-[2-9A-HJ-NP-Z]{4}){2}$/);
  await check(page);

  await test.step('the office answers', async () => {
    const desk = await staff('政务公开主管', '区政府办');
    await desk.getByRole('link', { name: '网站找错', exact: true }).click();
    await check(desk);
    await desk.getByRole('link', { name: given.number }).click();
    await expect(desk.getByRole('main')).toContainText('示例：第二段少了一个字。');
    await expect(desk.getByRole('main')).not.toContainText('示例电话 0000');
    await check(desk);
    await desk.getByRole('button', { name: '查看联系方式' }).click();
    await expect(desk.getByRole('main')).toContainText('示例电话 0000');
    await desk.getByLabel('答复内容').fill('示例：已改正，谢谢。');
    await desk.getByRole('button', { name: '答复', exact: true }).click();
    await expect(desk.locator('.page-head')).toContainText('已答复');
  });

  await lookUp(page, { ...given, code: 'ABCD-EFGH-JKLM' });
  await expect(page.locator('#number-error')).toContainText('编号或查询码不对');
  await check(page);
  await lookUp(page, given);
  await expect(page.getByRole('main')).toContainText('示例：已改正，谢谢。');
  await check(page);
  expect(demo.public).toContain('127.0.0.1');
});

test('without scripts the form works as well', async ({ browser, demo, contextOptions }) => {
  const context = await browser.newContext({ ...contextOptions, baseURL: demo.public, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto('/errata/new?page=/help');
  await fill(page, '示例：没有脚本也能提交。');
  await send(page);
  const given = await receipt(page);
  await lookUp(page, given);
  await expect(page.getByRole('main')).toContainText('办理中');
  await context.close();
});

/** Brings the form more than it usually gets, from many networks, until it asks its price. */
async function attack(request, demo) {
  const from = (n) => ({ 'X-Forwarded-For': `198.18.${n}.7` });
  const numbers = Array.from({ length: 120 }, (_, n) => n);
  const tickets = [];
  for (const n of numbers) {
    const form = await request.get(`${demo.public}/errata/new`, { headers: from(n) });
    tickets.push((await form.text()).match(/name="ticket" value="([^"]+)"/)[1]);
  }
  await new Promise((resolve) => setTimeout(resolve, 2200));
  const answers = await Promise.all(numbers.map((n) => request.post(`${demo.public}/errata/new`, {
    headers: from(n),
    form: { ticket: tickets[n], page: '/', kind: 'other', words: '示例：同时涌来的提交。' },
  })));
  return answers.filter((answer) => answer.status() === 200).length;
}

test('under attack the form stays usable, with scripts by reckoning and without by waiting', async (
  { page, browser, request, demo, contextOptions },
) => {
  test.setTimeout(180_000);
  const context = await browser.newContext({ ...contextOptions, baseURL: demo.public, javaScriptEnabled: false });
  const plain = await context.newPage();
  expect(await attack(request, demo)).toBeGreaterThan(30);
  await page.goto('/errata/new?page=/help');
  await plain.goto('/errata/new?page=/help');

  await expect(page.locator('#proof-words')).toContainText('核验已自动完成', { timeout: 60_000 });
  await check(page);
  await fill(page, '示例：有脚本，不用等。');
  await send(page);
  await receipt(page);

  await expect(plain.locator('#proof-words')).toContainText('秒之后再按');
  await fill(plain, '示例：没有脚本，等一会儿。');
  await plain.waitForTimeout(16_000);
  await plain.getByRole('button', { name: '提交', exact: true }).click();
  const outcome = plain.getByRole('heading', { level: 1 });
  if ((await outcome.textContent()).includes('网站找错')) {
    await expect(plain.getByLabel('错在哪里')).toHaveValue('示例：没有脚本，等一会儿。');
    const words = await plain.locator('.error-summary').textContent();
    await plain.waitForTimeout((Number(words.match(/(\d+) 秒/)[1]) + 1) * 1000);
    await plain.getByRole('button', { name: '提交', exact: true }).click();
  }
  await receipt(plain);
  await context.close();
});
