// Whoever may be looking, every page that links lead to can be read, by everybody, at this size.

import { crawl } from '../support/crawl.js';
import { expect, test } from '../support/test.js';

// A telephone shows the same pages as a desk; what differs is the layout, which a few pages of each kind tell.
const most = (project, ofMany) => (project.name === 'phone' ? 2 : ofMany);

// Shared, because the roles see the same frame and mostly the same pages.
const knownShapes = new Set();

test('every page of the public site', async ({ page, demo }, { project }) => {
  test.setTimeout(180_000);
  const seen = await crawl(page, new URL(demo.public).origin, { most: most(project, 12), knownShapes });
  expect(seen.pages).toBeGreaterThan(20);
  expect(seen.examined).toBeGreaterThan(5);
});

const people = [
  { role: '政务公开主管', unit: '区政府办', atLeast: 30 },
  { role: '经办人员', unit: '区发改局', atLeast: 20 },
  { role: '审批人员', unit: '区发改局', atLeast: 20 },
  { role: '系统管理员', unit: '全区', atLeast: 3 },
  { role: '安全管理员', unit: '全区', atLeast: 4 },
  { role: '审计管理员', unit: '全区', atLeast: 4 },
];

for (const { role, unit, atLeast } of people) {
  test(`every page of the desk, as ${unit}·${role}`, async ({ staff, demo }, { project }) => {
    test.setTimeout(180_000);
    const page = await staff(role, unit);
    const seen = await crawl(page, new URL(demo.desk).origin, { most: most(project, 4), knownShapes });
    expect(seen.pages).toBeGreaterThanOrEqual(atLeast);
  });
}

test('addresses that lead nowhere say so, and where to go from there', async ({ page, staff, demo }) => {
  const lost = await page.goto('/p/1999/1');
  expect(lost.status()).toBe(404);
  await expect(page.getByRole('heading', { level: 1 })).toContainText('没有');
  await expect(page.getByRole('main').getByRole('link').first()).toBeVisible();
  const desk = await staff('系统管理员', '全区');
  expect((await desk.goto(`${demo.desk}/nothing-here`)).status()).toBe(404);
  expect((await desk.goto(`${demo.desk}/accounts`)).status()).toBe(403);
  await expect(desk.getByRole('heading', { level: 1 })).toBeVisible();
});
