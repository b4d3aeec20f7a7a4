// How the journeys are run: Debian's Chromium, never a downloaded browser; once as a desk, once as a phone.

import { defineConfig } from '@playwright/test';
import { browserLaunchOptions, commonContextOptions, desktop, phone } from './support/browser.js';

const resultsFile = process.env.GONGKAI_JOURNEY_RESULTS;

export default defineConfig({
  testDir: './journeys',
  testMatch: '*.journey.js',
  outputDir: './test-results',
  // A journey that passes only at the second try is a defect, and one left `.only` hides the others.
  retries: 0,
  forbidOnly: true,
  fullyParallel: false,
  // One worker means one demonstration per project, and the two cores are the browser's and the server's.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: resultsFile ? [['list'], ['json', { outputFile: resultsFile }]] : [['list']],
  use: {
    ...commonContextOptions,
    launchOptions: browserLaunchOptions,
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'desktop', use: desktop },
    { name: 'phone', use: phone },
  ],
});
