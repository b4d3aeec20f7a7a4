// A citizen opens the public home page and finds the way from there.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

test('the home page can be read, by everybody, at this size', async ({ page }) => {
  const response = await page.goto('/');
  expect(response.status()).toBe(200);
  await expect(page.locator('html')).toHaveAttribute('lang', /^zh/);
  await expect(page).toHaveTitle(/政务公开|信息公开/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
  await fitsTheScreen(page);
  await axe(page);
});

test('the keyboard reaches the content first, past the navigation', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  const focused = page.locator(':focus');
  await expect(focused).toBeVisible();
  const target = await focused.getAttribute('href');
  expect(target, 'the first stop is a link to the content of the same page').toMatch(/^#./);
  await page.keyboard.press('Enter');
  await expect(page.locator(target)).toBeVisible();
});

test('the search box of the home page leads to results', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('searchbox').first().fill('公开');
  await page.getByRole('searchbox').first().press('Enter');
  await expect(page).toHaveURL(/[?&]q=/);
  await expect(page.getByRole('main')).toContainText('公开');
  await fitsTheScreen(page);
  await axe(page);
});

test('the home page needs no script', async ({ browser, demo }) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(demo.public);
  await expect(page.getByRole('searchbox').first()).toBeVisible();
  await expect(page.getByRole('main').getByRole('link').first()).toBeVisible();
  await context.close();
});

test('the desk does not stand on the public address', async ({ demo }) => {
  expect(new URL(demo.desk).origin).not.toBe(new URL(demo.public).origin);
});
