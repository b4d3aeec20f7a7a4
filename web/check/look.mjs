// Takes a picture of every page in preview/ at desk and phone width, and prints every page to PDF, into
// preview/shots/, for people to look at. Single pages may be named: node check/look.mjs desk-board
import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { open, pages, preview, serve } from "./browser.mjs";

const wanted = process.argv.slice(2);
const shots = join(preview, "shots");
const names = (await pages()).filter((name) => !wanted.length || wanted.includes(basename(name, ".html")));
await mkdir(shots, { recursive: true });
const site = await serve();
const browser = await open();
for (const [label, width, height] of [["wide", 1280, 900], ["phone", 390, 844]]) {
  const phone = label === "phone";
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: phone, isMobile: phone, locale: "zh-CN" });
  const page = await context.newPage();
  for (const name of names) {
    await page.goto(`${site.address}/${name}`);
    const path = join(shots, `${basename(name, ".html")}-${label}`);
    await page.screenshot({ path: `${path}.png`, fullPage: true });
    if (!phone) await page.pdf({ path: `${path}.pdf`, preferCSSPageSize: true, printBackground: true });
  }
  await context.close();
}
await browser.close();
site.stop();
