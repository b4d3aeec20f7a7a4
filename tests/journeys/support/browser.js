// The browser and the two sizes in which everything is looked at.

import { existsSync } from 'node:fs';

const chromium = '/usr/bin/chromium';

if (!existsSync(chromium)) {
  throw new Error(`${chromium} is missing; install it with: scripts/need-debian-packages chromium fonts-noto-cjk`);
}

export const browserLaunchOptions = {
  executablePath: chromium,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--no-first-run',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export const commonContextOptions = {
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
  colorScheme: 'light',
};

export const desktop = { viewport: { width: 1280, height: 900 } };

// The narrowest telephone that is still common; what fits here fits all.
export const phone = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
