// Somebody who sees badly makes the type larger and the contrast higher, and it stays so.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

const sizeOf = (page) => page.evaluate(() => Number.parseFloat(getComputedStyle(document.querySelector('main h1')).fontSize));

test('large type and high contrast are switched on, stay on, and are switched off', async ({ page }) => {
  await page.goto('/units');
  const before = await sizeOf(page);
  await page.getByRole('button', { name: '大字' }).click();
  await expect(page).toHaveURL(/\/units$/);
  await expect(page.getByRole('button', { name: '大字' })).toHaveAttribute('aria-pressed', 'true');
  expect(await sizeOf(page)).toBeGreaterThan(before * 1.2);

  await page.getByRole('button', { name: '高对比' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-contrast', 'high');
  await expect(page.locator('html')).toHaveAttribute('data-size', 'large');
  for (const address of ['/', '/releases', '/tasks', '/search?q=规划']) {
    await page.goto(address);
    await expect(page.locator('html')).toHaveAttribute('data-contrast', 'high');
    await fitsTheScreen(page);
    await axe(page);
  }

  await page.getByRole('button', { name: '高对比' }).click();
  await page.getByRole('button', { name: '大字' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-size', 'large');
  await expect(page.locator('html')).not.toHaveAttribute('data-contrast', 'high');
});

test('a citizen reaches a document by keyboard alone', async ({ page }) => {
  await page.goto('/');
  await page.keyboard.press('Tab');
  await expect(page.locator(':focus')).toHaveText('跳到正文');
  await page.keyboard.press('Enter');
  const first = page.locator('main .release-list a').first();
  for (let presses = 0; presses < 20; presses += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    expect(outline, 'what has the focus is seen').not.toBe('none');
    if (await first.evaluate((link) => link === document.activeElement)) break;
  }
  await expect(first).toBeFocused();
  const title = await first.innerText();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
});
