// What must hold for the layout of every page, at every size.

import { expect } from '@playwright/test';

/** Fails when the page can be scrolled sideways: something is wider than the screen. */
export async function fitsTheScreen(page) {
  const widths = await page.evaluate(() => ({
    page: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }));
  expect(widths.page, `${page.url()} is wider than the screen`).toBeLessThanOrEqual(widths.screen);
}
