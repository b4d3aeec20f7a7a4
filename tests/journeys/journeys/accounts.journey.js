// The security administrator makes an account, hands over its link, and stops it again.

import { axe, expect, fitsTheScreen, test } from '../support/test.js';

test('an account is made, its link is shown once, and it is stopped only after a yes', async ({ staff, demo }) => {
  const page = await staff('安全管理员', '全区');

  await test.step('what is wrong stands beside its field, and what was typed stays', async () => {
    await page.goto(`${demo.desk}/accounts`);
    await page.getByLabel('岗位名称').fill('区商务局·示例经办');
    await page.getByLabel('登录名').fill('示例');
    await page.getByLabel('角色').selectOption({ label: '经办人员' });
    await page.getByRole('button', { name: '新增并发放登录链接' }).click();
    await expect(page.getByRole('alert')).toContainText('登录名');
    await expect(page.getByLabel('登录名')).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('岗位名称')).toHaveValue('区商务局·示例经办');
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('the link is shown', async () => {
    await page.getByLabel('登录名').fill('shili-jingban');
    await page.getByLabel('角色').selectOption({ label: '经办人员' });
    await page.getByLabel('单位').selectOption({ label: '区商务局' });
    await page.getByRole('button', { name: '新增并发放登录链接' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '一次性登录链接' })).toBeVisible();
    await expect(page.locator('.once')).toContainText(`${demo.desk}/links/`);
    await fitsTheScreen(page);
    await axe(page);
  });

  await test.step('a no leaves it as it is, a yes stops it', async () => {
    await page.goto(`${demo.desk}/accounts`);
    await page.getByRole('link', { name: '区商务局·示例经办' }).click();
    await page.getByRole('button', { name: '停用账号' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('button', { name: '恢复账号' })).toHaveCount(0);
    await page.getByRole('button', { name: '停用账号' }).click();
    await page.getByRole('dialog').getByRole('button', { name: '停用账号' }).click();
    await expect(page.getByRole('button', { name: '恢复账号' })).toBeVisible();
    await fitsTheScreen(page);
    await axe(page);
  });
});
