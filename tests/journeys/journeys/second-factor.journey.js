// Somebody sets up an authenticator app, keeps the recovery codes, and signs in with both.

import { createHmac } from 'node:crypto';
import { axe, expect, fitsTheScreen, test } from '../support/test.js';
import { newLink } from '../support/links.js';

const login = 'shili-kouling';
const password = '示例：闽江的水到了秋天很平';

test('a second factor is set up, asked for at the next sign-in, and replaced by a recovery code', async ({ browser, demo, staff, contextOptions, viewport }) => {
  const url = await newLink(staff, { login, name: '示例·动态口令', role: '评估员' });
  const context = await browser.newContext({ ...contextOptions, viewport, baseURL: demo.desk });
  const page = await context.newPage();
  let secret;
  let codes;

  await test.step('the page on sign-in and security says what there is', async () => {
    await page.goto(url);
    await page.getByLabel('口令', { exact: true }).fill(password);
    await page.getByLabel('再输入一次').fill(password);
    await page.getByRole('button', { name: '设置口令并登录' }).click();
    await page.goto('/security');
    await expect(page.getByRole('main')).toContainText('还没有设置');
    await expect(page.getByRole('main')).toContainText('（本次）');
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('a wrong code is refused, and the picture stays the same', async () => {
    await page.getByRole('link', { name: '设置动态口令' }).click();
    const picture = page.getByRole('img', { name: /二维码/ });
    expect(await picture.evaluate((image) => image.complete && image.naturalWidth > 0)).toBe(true);
    secret = await page.locator('code.once').innerText();
    await page.getByLabel('手机上显示的六位数字').fill('12345');
    await page.getByRole('button', { name: '确认设置' }).click();
    await expect(page.getByRole('alert')).toContainText('动态口令不对');
    expect(await page.locator('code.once').innerText()).toBe(secret);
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('the right code shows ten recovery codes, once', async () => {
    await page.getByLabel('手机上显示的六位数字').fill(codeOf(secret, demo.now()));
    await page.getByRole('button', { name: '确认设置' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '恢复码' })).toBeVisible();
    codes = await page.locator('.codes code').allInnerTexts();
    expect(new Set(codes).size).toBe(10);
    await axe(page);
    await fitsTheScreen(page);
    await page.getByRole('link', { name: '已经存好，继续' }).click();
    await expect(page.getByRole('main')).toContainText('还有 10 个恢复码没有用过');
  });

  await test.step('the password alone does not open the desk; a recovery code does, once', async () => {
    await page.getByRole('button', { name: '退出' }).click();
    await signIn(page);
    await expect(page.getByRole('heading', { level: 1, name: '第二步：动态口令' })).toBeVisible();
    await axe(page);
    await fitsTheScreen(page);
    await page.getByLabel('动态口令或恢复码').fill(codes[0].toLowerCase());
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: '我的工作' })).toBeVisible();
    await page.getByRole('button', { name: '退出' }).click();
    await signIn(page);
    await page.getByLabel('动态口令或恢复码').fill(codes[0]);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.getByRole('alert')).toContainText('动态口令不对');
  });
  await context.close();
});

async function signIn(page) {
  await page.goto('/sign-in');
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('口令').fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
}

/** What an authenticator app shows now (RFC 6238): the app of this journey. */
function codeOf(grouped, now) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...grouped.replaceAll(' ', '')].map((sign) => alphabet.indexOf(sign).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
