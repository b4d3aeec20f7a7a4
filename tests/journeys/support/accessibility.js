// Accessibility is checked by axe on every page that a journey visits.

import { expect } from '@playwright/test';
import axeCore from 'axe-core';

/** Fails when axe finds any violation on the page as it stands, and names each with the elements concerned. */
export async function axe(page) {
  // Evaluated, not added as a script tag: the content policy of the pages rightly refuses that.
  await page.evaluate(axeCore.source);
  const results = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const violations = results.violations.map((violation) => ({
    rule: violation.id,
    impact: violation.impact,
    help: violation.help,
    elements: violation.nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`),
  }));
  expect(violations, `accessibility of ${page.url()}`).toEqual([]);
  // A page on which no rule applied was not examined.
  expect(results.passes.length, `axe examined ${page.url()}`).toBeGreaterThan(0);
}
