// Makes the pictures of docs/screenshots from the running demonstration: node screenshots.js PAGES.json DIRECTORY.
// A page is { name, path, size: "desktop" | "phone", role?, unit?, upload?, shows }; with a role it is a page of the desk,
// with upload { field, file, press } it is what answers when that file of the repository is sent.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from '@playwright/test';
import { browserLaunchOptions, commonContextOptions, desktop, phone } from './support/browser.js';
import { startDemo } from './support/demo.js';
import { findLink, useLink } from './support/links.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const sizes = { desktop, phone };

async function main([list, directory]) {
  if (!list || !directory) throw new Error('usage: node screenshots.js PAGES.json DIRECTORY');
  const pages = JSON.parse(await readFile(list, 'utf8'));
  const demo = await startDemo();
  const browser = await chromium.launch(browserLaunchOptions);
  try {
    const people = new Map();
    for (const page of pages) await picture(browser, demo, people, page, directory);
  } finally {
    await browser.close();
    await demo.stop();
  }
}

async function picture(browser, demo, people, wanted, directory) {
  const size = sizes[wanted.size];
  if (!size) throw new Error(`${wanted.name}: no such size: ${wanted.size}`);
  const context = await contextFor(browser, demo, people, wanted);
  const page = await context.newPage();
  await page.setViewportSize(size.viewport);
  const response = await page.goto(new URL(wanted.path, wanted.role ? demo.desk : demo.public).href);
  if (response.status() !== 200) throw new Error(`${wanted.name}: ${wanted.path} answered ${response.status()}`);
  if (wanted.upload) await send(page, wanted.upload);
  await page.screenshot({ path: join(directory, `${wanted.name}.png`), animations: 'disabled', caret: 'hide' });
  await page.close();
  if (!wanted.role) await context.close();
  console.log(`${wanted.name}: ${wanted.shows}`);
}

/** Sends a file of the repository by the form on the page, and waits for what comes back. */
async function send(page, { field, file, press }) {
  await page.getByLabel(field, { exact: true }).setInputFiles(join(repository, file));
  const title = await page.title();
  await page.getByRole('button', { name: press }).click();
  await page.waitForFunction((before) => document.title !== before, title);
}

/** A fresh context for a citizen; one context for each person of the desk, because a link lets in only once. */
async function contextFor(browser, demo, people, wanted) {
  if (!wanted.role) return browser.newContext({ ...commonContextOptions, ...sizes[wanted.size] });
  const link = findLink(demo, wanted.role, wanted.unit);
  const key = `${link.url} ${wanted.size}`;
  const known = [...people.keys()].find((one) => one.startsWith(`${link.url} `));
  if (known && known !== key) throw new Error(`${wanted.name}: ${wanted.role} is already shown at another size`);
  if (!people.has(key)) {
    const context = await browser.newContext({ ...commonContextOptions, ...sizes[wanted.size] });
    await useLink(context, link);
    people.set(key, context);
  }
  return people.get(key);
}

await main(process.argv.slice(2));
