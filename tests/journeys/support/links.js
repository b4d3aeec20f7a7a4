// The one-time links with which the demonstration lets people in to the desk.

import { randomBytes } from 'node:crypto';
import { expect } from '@playwright/test';

/** The sign-in link of a role, of a given unit if one is named; refuses a role that the demonstration does not have. */
export function findLink(demo, role, unit) {
  const link = demo.links.find((one) => one.role === role && (unit === undefined || one.unit === unit));
  if (link) return link;
  const known = demo.links.map((one) => `${one.role} (${one.unit})`).join(', ');
  throw new Error(`no sign-in link for ${role}${unit ? ` of ${unit}` : ''}; the demonstration offers: ${known}`);
}

/**
 * Opens a one-time link as its holder does: the page asks for a new password, or at least for a press of the button, so
 * that a mail scanner cannot use the link up.
 */
export async function useLink(context, link) {
  const page = await context.newPage();
  await page.goto(link.url);
  const password = randomBytes(18).toString('base64url');
  for (const field of await page.locator('input[type="password"]').all()) await field.fill(password);
  const form = page.getByRole('main').locator('form');
  if ((await form.count()) > 0) await form.getByRole('button').last().click();
  await expect(page.getByRole('navigation').first(), 'the desk opens after signing in').toBeVisible();
  await expect(page.locator('input[type="password"]'), 'the link was accepted').toHaveCount(0);
  await page.close();
}

/**
 * Has the security administrator make an account and hand out its one-time link, for journeys whose person must be nobody
 * else's. Answers with the link's address.
 */
export async function newLink(staff, { login, name, role, unit }) {
  const page = await staff('安全管理员', '全区');
  await page.goto(new URL('/accounts', page.url()).href);
  await page.getByLabel('岗位名称').fill(name);
  await page.getByLabel('登录名').fill(login);
  await page.getByLabel('角色').selectOption({ label: role });
  if (unit) await page.getByLabel('单位').selectOption({ label: unit });
  await page.getByRole('button', { name: '新增并发放登录链接' }).click();
  return page.locator('.once').innerText();
}
