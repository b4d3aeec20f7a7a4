// Somebody enrols a passkey, signs in with it after the password and instead of it, and removes it. The authenticator is
// Chromium's own virtual one, which signs like a real one.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';
import { newLink } from '../support/links.js';
import { watch } from '../support/watch.js';

const password = '示例：鼓山脚下的榕树很老了';
const login = 'shili-miyao';

test('a passkey is enrolled, opens the desk in two ways, and is removed', async ({ browser, demo, staff, contextOptions, viewport }) => {
  const url = await newLink(staff, { login, name: '示例·通行密钥', role: '审计管理员' });
  const context = await browser.newContext({ ...contextOptions, viewport, baseURL: demo.desk });
  const seen = watch(context, demo);
  const page = await context.newPage();
  const device = await virtualDevice(context, page);
  const main = page.getByRole('main');
  let codes;

  await test.step('a passkey without a name is not begun', async () => {
    await page.goto(url);
    await page.getByLabel('口令', { exact: true }).fill(password);
    await page.getByLabel('再输入一次').fill(password);
    await page.getByRole('button', { name: '设置口令并登录' }).click();
    await page.goto('/security');
    await page.getByLabel('通行密钥的名称').fill(' ');
    await page.getByRole('button', { name: '登记通行密钥' }).click();
    await expect(page.getByRole('alert')).toContainText('没有写明是哪一个通行密钥');
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('a device that does not recognise its holder enrols nothing, and the page can be used again', async () => {
    await device.recognises(false);
    await page.getByLabel('通行密钥的名称').fill('示例：办公室电脑');
    await page.getByRole('button', { name: '登记通行密钥' }).click();
    await expect(page.getByRole('status')).toContainText('没有完成');
    await axe(page);
    await fitsTheScreen(page);
    await device.recognises(true);
    await page.getByRole('button', { name: '再试一次' }).click();
  });

  await test.step('the first second factor brings recovery codes', async () => {
    await expect(page.getByRole('heading', { level: 1, name: '恢复码' })).toBeVisible();
    codes = await page.locator('.codes code').allInnerTexts();
    expect(new Set(codes).size).toBe(10);
    await page.getByRole('link', { name: '已经存好，继续' }).click();
    await expect(page.getByRole('region', { name: '通行密钥' })).toContainText('示例：办公室电脑');
    await expect(page.getByRole('region', { name: '通行密钥' })).toContainText('还没有用过');
    await axe(page);
    await fitsTheScreen(page);
  });

  await test.step('the same device is not enrolled twice', async () => {
    await page.getByLabel('通行密钥的名称').fill('示例：又一次');
    await page.getByRole('button', { name: '登记通行密钥' }).click();
    await expect(page.getByRole('status')).toContainText('已经有这个账号的通行密钥');
    await page.getByRole('link', { name: '返回，用其他方式' }).click();
  });

  await test.step('the password alone does not open the desk; the passkey after it does', async () => {
    await page.getByRole('button', { name: '退出' }).click();
    await page.getByLabel('登录名').fill(login);
    await page.getByLabel('口令').fill(password);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: '第二步：通行密钥' })).toBeVisible();
    await axe(page);
    await fitsTheScreen(page);
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '我的工作' })).toBeVisible();
  });

  await test.step('the name and the passkey are enough, and lead to the page that was asked for', async () => {
    await page.getByRole('button', { name: '退出' }).click();
    await page.goto('/security');
    await page.getByLabel('登录名').fill(login);
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '登录与安全' })).toBeVisible();
    await expect(page.getByRole('region', { name: '通行密钥' })).not.toContainText('还没有用过');
  });

  await test.step('it proves who one is, before a dangerous act', async () => {
    await page.goto('/prove?next=/security');
    await axe(page);
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '登录与安全' })).toBeVisible();
    await page.goto('/audit');
    await expect(main).toContainText('登记通行密钥“示例：办公室电脑”');
    await expect(main).toContainText('登录，第二因素：通行密钥');
    await expect(main).toContainText('重新确认身份，用通行密钥');
  });

  await test.step('a name that nobody has is asked as well, and refused in the same words as a wrong passkey', async () => {
    await page.getByRole('button', { name: '退出' }).click();
    await page.getByLabel('登录名').fill('nobody-here');
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await expect(page.getByRole('status')).toContainText('没有完成');
    await axe(page);
    await fitsTheScreen(page);
    await page.getByRole('link', { name: '返回，用其他方式' }).click();
  });

  await test.step('the device lost, a recovery code opens the desk, and the passkey is removed', async () => {
    await page.getByLabel('登录名').fill(login);
    await page.getByLabel('口令').fill(password);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await page.getByLabel('恢复码').fill(codes[0]);
    await page.getByRole('button', { name: '登录', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: '我的工作' })).toBeVisible();
    await page.goto('/security');
    await page.getByRole('button', { name: /^移除/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: /^移除/ }).click();
    await expect(page.getByRole('region', { name: '通行密钥' })).toHaveCount(0);
    await page.getByRole('button', { name: '退出' }).click();
    await page.getByLabel('登录名').fill(login);
    await page.getByRole('button', { name: '使用通行密钥' }).click();
    await expect(page.getByRole('status')).toContainText('没有完成');
  });
  expect(seen, 'errors that no page shows').toEqual([]);
  await context.close();
});

/** A device with a fingerprint reader, built into the computer on which this page is shown. */
async function virtualDevice(context, page) {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    recognises: (isUserVerified) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
  };
}
