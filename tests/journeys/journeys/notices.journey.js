// The office supervises a unit, the unit answers, the office closes it.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

test('a unit is supervised, answers, and the ledger says so', async ({ staff, demo }) => {
  const office = await staff('政务公开主管', '区政府办');
  let address;

  await test.step('unfinished work of one unit becomes one notice', async () => {
    await office.goto(`${demo.desk}/board`);
    await office.getByRole('link', { name: '催办、督办' }).click();
    await expect(office.getByRole('heading', { level: 1, name: '催办、督办' })).toBeVisible();
    await fitsTheScreen(office);
    await axe(office);
    await office.getByRole('link', { name: /催办\s*：建新镇/ }).click();
    await office.getByLabel('方式').selectOption({ label: '督办' });
    await office.getByLabel('说明').fill('示例：请写明完成时间。');
    await axe(office);
    await office.getByRole('button', { name: '发出' }).click();
    await expect(office.getByRole('heading', { name: '签收与答复' })).toBeVisible();
    address = office.url();
    await fitsTheScreen(office);
    await axe(office);
  });

  await test.step('the unit sees it on its work and answers', async () => {
    const clerk = await staff('经办人员', '建新镇');
    await clerk.goto(address);
    await axe(clerk);
    await clerk.getByLabel('办理情况').fill('示例：本周内报送。');
    await clerk.getByRole('button', { name: '签收并答复' }).click();
    await expect(clerk.getByRole('button', { name: '签收并答复' })).toHaveCount(0);
    await fitsTheScreen(clerk);
    await axe(clerk);
  });

  await test.step('the ledger has it, and who issued it closes it', async () => {
    await office.goto(`${demo.desk}/notices/ledger`);
    await expect(office.getByRole('region', { name: '台账' })).toContainText('示例：本周内报送。');
    await fitsTheScreen(office);
    await axe(office);
    await office.goto(address);
    await office.getByRole('button', { name: '办结' }).click();
    await expect(office.getByRole('button', { name: '办结' })).toHaveCount(0);
  });
});
