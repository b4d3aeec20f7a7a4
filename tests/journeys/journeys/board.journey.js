// A unit and the district's office read the board: what is done, what is not, and where it is finished.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

const ratio = /^\d+\/\d+$/;

test('a unit finds its own column first, and behind a figure what is unfinished', async ({ staff, demo }) => {
  const page = await staff('经办人员', '区发改局');
  await page.goto(`${demo.desk}/board`);
  const board = page.getByRole('table', { name: /各任务在各单位的完成情况/ });
  const heads = board.locator('thead th');
  await expect(heads.nth(0)).toHaveText('任务');
  await expect(heads.nth(1)).toHaveText('区发改局');
  await expect(heads.nth(2)).toHaveText('合计');
  await expect(board.getByRole('rowheader').filter({ has: page.getByRole('link') })).toHaveCount(34);
  await fitsTheScreen(page);
  await axe(page);

  const cell = board.locator('tbody td.own a').filter({ hasText: ratio }).first();
  const [done, due] = (await cell.innerText()).split('/').map(Number);
  expect(due).toBeGreaterThan(0);
  await cell.click();

  await expect(page.getByRole('heading', { level: 1 })).toContainText(/^第\d+项/);
  await expect(page.getByRole('main')).toContainText('下面只列“区发改局”的情况');
  const unfinished = page.locator('#unfinished');
  await expect(unfinished.locator('.count')).toHaveText(String(due - done));
  await expect(unfinished.locator('tbody tr')).toHaveCount(due - done);
  await fitsTheScreen(page);
  await axe(page);

  const places = await unfinished.getByRole('link', { name: /办理/ }).evaluateAll((links) => links.map((link) => link.href));
  expect(places.length).toBe(due - done);
  for (const place of new Set(places)) {
    const response = await page.goto(place);
    expect(response.status(), place).toBe(200);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  }
});

test('the sum of a task is the sum of its units', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/board`);
  const rows = await page.locator('.board tbody tr:has(th.task)').evaluateAll((all) =>
    all.map((row) => {
      const read = (cell) => (cell.querySelector('a')?.textContent.match(/^(\d+)\/(\d+)$/) ?? []).slice(1).map(Number);
      return { sum: read(row.querySelector('td.sum')), cells: [...row.querySelectorAll('td:not(.sum)')].map(read) };
    }),
  );
  const counted = rows.filter((row) => row.sum.length === 2);
  expect(counted.length, 'tasks with something due').toBeGreaterThan(10);
  for (const { sum, cells } of counted) {
    const units = cells.filter((cell) => cell.length === 2);
    expect(units.reduce((total, [done]) => total + done, 0)).toBe(sum[0]);
    expect(units.reduce((total, [, due]) => total + due, 0)).toBe(sum[1]);
  }
});

test('the board is narrowed to a chapter, and the address says so', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/board`);
  const chapters = page.getByLabel('章');
  const wanted = await chapters.locator('option').nth(2).innerText();
  await chapters.selectOption({ index: 2 });
  await page.getByRole('button', { name: '筛选' }).click();
  await expect(page).toHaveURL(/chapter=2/);
  await expect(page.locator('.board .chapter')).toHaveText(wanted);
  await expect(page.getByLabel('章').locator('option:checked')).toHaveText(wanted);
  const tasks = page.locator('.board tbody tr:has(th.task)');
  expect(await tasks.count()).toBeLessThan(34);
  await expect(tasks.first()).toBeVisible();
});

test('long names and rows across the table stay readable while the board scrolls', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/board`);
  const box = page.locator('.board-scroll');
  await box.evaluate((element) => element.scrollTo(700, 300));
  const frame = await box.boundingBox();
  const words = await page.locator('.board .section span').first().boundingBox();
  const head = await page.locator('.board thead th').first().boundingBox();
  expect(words.x, 'a section’s words stay at the left').toBeLessThan(frame.x + 60);
  expect(Math.abs(head.y - frame.y), 'the head stays at the top').toBeLessThan(4);
  const clipped = await page.locator('.board thead th span').evaluateAll((names) =>
    names.filter((name) => name.scrollWidth > name.parentElement.parentElement.clientWidth + 1).map((name) => name.textContent),
  );
  expect(clipped, 'names wider than their column').toEqual([]);
});

test('the board prints on one sheet of A3', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/board`);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g), 'sheets of paper').toHaveLength(1);
  expect(pdf).toMatch(/\/MediaBox\s*\[\s*0 0 119\d(\.\d+)? 84\d/);
});

test('the board goes out as Word and as figures', async ({ staff, demo }) => {
  const page = await staff('政务公开主管', '区政府办');
  await page.goto(`${demo.desk}/board`);
  for (const [words, begins] of [['导出 Word', 'PK'], ['导出 CSV', '\uFEFF']]) {
    const address = await page.getByRole('link', { name: words }).getAttribute('href');
    const file = await page.request.get(new URL(address, demo.desk).href);
    expect(file.status(), words).toBe(200);
    expect((await file.body()).toString('utf8').startsWith(begins), words).toBe(true);
  }
});

test('everybody can read on the public site how the tasks stand', async ({ page }) => {
  await page.goto('/');
  await page.getByRole('navigation').getByRole('link', { name: '任务进展' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '政务公开主要任务进展' })).toBeVisible();
  await expect(page.locator('.table--tasks tbody tr')).toHaveCount(34);
  await page.getByLabel('单位').selectOption({ label: '区发改局' });
  await page.getByRole('button', { name: '查看' }).click();
  await expect(page.getByRole('heading', { name: /各部分完成情况：区发改局/ })).toBeVisible();
  await fitsTheScreen(page);
  await axe(page);
});
