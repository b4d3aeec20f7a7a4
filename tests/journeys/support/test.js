// The `test` of every journey: Playwright's, with a running demonstration and people signed in to it.

import { test as base, expect } from '@playwright/test';
import { startDemo } from './demo.js';
import { findLink, useLink } from './links.js';
import { watch } from './watch.js';

export { expect };
export { axe } from './accessibility.js';
export { fitsTheScreen } from './layout.js';

export const test = base.extend({
  /** The demonstration, one for all journeys of a worker. */
  demo: [
    async ({}, use) => {
      const demo = await startDemo();
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 240_000 },
  ],

  /** Relative addresses are those of the public site. */
  baseURL: async ({ demo }, use) => use(demo.public),

  /** A citizen's browser, watched for errors that no page shows. */
  context: async ({ context, demo }, use) => {
    const seen = watch(context, demo);
    await use(context);
    expect(seen, 'errors that no page shows').toEqual([]);
  },

  /**
   * The contexts of people who have signed in. A link lets in once only, so a person stays signed in for the worker, and
   * each journey opens a page of its own.
   */
  signedIn: [
    async ({ browser }, use) => {
      const people = new Map();
      await use({ people, browser });
      for (const person of people.values()) await person.context.close();
    },
    { scope: 'worker' },
  ],

  /** `await staff('审核', '区财政局')` gives a page of the desk on which a person of that role, of that unit, is signed in. */
  staff: async ({ demo, signedIn, contextOptions, viewport, deviceScaleFactor, isMobile, hasTouch, locale, timezoneId }, use) => {
    const opened = [];
    await use(async (role, unit) => {
      const link = findLink(demo, role, unit);
      let person = signedIn.people.get(link.url);
      if (!person) {
        const context = await signedIn.browser.newContext({
          ...contextOptions,
          ...definedOnly({ viewport, deviceScaleFactor, isMobile, hasTouch, locale, timezoneId }),
          baseURL: demo.desk,
        });
        person = { context, seen: watch(context, demo) };
        signedIn.people.set(link.url, person);
        await useLink(context, link);
      }
      const page = await person.context.newPage();
      opened.push({ page, person });
      await page.goto(demo.desk);
      return page;
    });
    for (const { page } of opened) await page.close();
    for (const { person } of opened) {
      // Emptied, so that one journey's error is not reported again by the next.
      expect(person.seen.splice(0), 'errors that no page shows').toEqual([]);
    }
  },
});

function definedOnly(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
