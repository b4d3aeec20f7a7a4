// Somebody gets a one-time link, sets a password, and signs in with it from then on, also without a mouse.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';
import { newLink } from '../support/links.js';

const login = 'shili-xinjingban';
const password = '示例：雨后的乌山比平时更青一些';

test('a one-time link sets a password, once, and the password opens the desk', async ({ browser, demo, contextOptions, viewport, staff }) => {
  const url = await newLink(staff, { login, name: '示例·新经办', role: '经办人员', unit: '建新镇' });
  const context = await browser.newContext({ ...contextOptions, viewport, baseURL: demo.desk });
  const page = await context.newPage();

  await test.step('two different passwords are refused, and the link is not used up', async () => {
    await page.goto(url);
    await expect(page.getByRole('main')).toContainText(`登录名：${login}`);
    await page.getByLabel('口令', { exact: true }).fill(password);
    await page.getByLabel('再输入一次').fill(`${password}。`);
    await page.getByRole('button', { name: '设置口令并登录' }).click();
    await expect(page.getByRole('alert')).toContainText('两次输入的口令不一样');
    await expect(page.getByLabel('再输入一次')).toHaveAttribute('aria-invalid', 'true');
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('the same password twice opens the desk', async () => {
    await page.getByLabel('口令', { exact: true }).fill(password);
    await page.getByLabel('再输入一次').fill(password);
    await page.getByRole('button', { name: '设置口令并登录' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '我的工作' })).toBeVisible();
    await expect(page.getByRole('banner')).toContainText('建新镇');
  });

  await test.step('the session cookie is out of reach of scripts', async () => {
    const cookies = await context.cookies();
    expect(cookies.every((cookie) => cookie.httpOnly && cookie.name.startsWith('__Host-'))).toBe(true);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  await test.step('signed out, the desk is closed, and the link is refused', async () => {
    await page.getByRole('button', { name: '退出' }).click();
    await expect(page).toHaveURL(/\/sign-in$/);
    await page.goto('/documents');
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto(url);
    await expect(page.getByRole('main')).toContainText('这个登录链接已经用过或已过期');
    await expect(page.getByLabel('口令')).toHaveCount(0);
    await axe(page);
  });

  await test.step('a wrong password says what to do, and the name need not be typed again', async () => {
    await page.goto('/documents');
    await page.getByLabel('登录名').fill(login);
    await page.getByLabel('口令').fill('一个不对的口令，够长');
    await page.getByRole('button', { name: '登录' }).click();
    await expect(page.getByRole('alert')).toContainText('登录名或口令不对');
    await expect(page.getByLabel('登录名')).toHaveValue(login);
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('by keyboard alone, to the page that was asked for', async () => {
    await page.goto('/documents');
    await tabTo(page, '#login');
    await page.keyboard.type(login);
    await tabTo(page, '#password');
    await page.keyboard.insertText(password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { level: 1, name: '文件' })).toBeVisible();
  });

  await test.step('the first stop of the desk leads past the menu, and what has the focus is seen', async () => {
    await page.keyboard.press('Tab');
    const skip = page.locator(':focus');
    await expect(skip).toHaveText('跳到正文');
    await expect(skip).toBeInViewport();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    const inside = await page.evaluate(() => document.querySelector('main').contains(document.activeElement));
    expect(inside, 'the next stop is in the content').toBe(true);
    expect(await outlineOf(page)).toBeGreaterThanOrEqual(2);
  });
  await context.close();
});

/** Presses Tab until the element has the focus, as somebody without a mouse would. */
async function tabTo(page, selector) {
  for (let presses = 0; presses < 12; presses += 1) {
    if (await page.locator(selector).evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`twelve presses of Tab do not reach ${selector}`);
}

function outlineOf(page) {
  return page.evaluate(() => {
    const style = getComputedStyle(document.activeElement);
    return style.outlineStyle === 'none' ? 0 : Number.parseFloat(style.outlineWidth);
  });
}
