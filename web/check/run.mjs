// Checks every page of the pattern book in the browser, wide and on a phone: accessibility rules of axe
// (WCAG 2.2 A and AA, best practices), nothing refused by the content policy, no sideways scrolling of the
// page, no script on public pages, ids that are unique, anchors and labels that lead somewhere, weekdays that
// are right, the board on one A3 sheet, the desk script at work, and only classes that web/README.md lists. Ends with status 1 if anything is found.
import { readFile, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { open, pages, serve } from "./browser.mjs";
import { tryScripts } from "./script.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const findings = [];
const report = (where, what) => findings.push(`${where}: ${what}`);

const site = await serve();
const browser = await open();
const names = await pages();
for (const [label, width, height] of [["wide", 1280, 900], ["phone", 390, 844]]) {
  const phone = label === "phone";
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: phone, isMobile: phone });
  const page = await context.newPage();
  let where = "";
  page.on("console", (message) => message.type() === "error" && report(where, message.text()));
  page.on("pageerror", (error) => report(where, error.message));
  for (const name of names) {
    where = `${name} (${label})`;
    await page.goto(`${site.address}/${name}`);
    await checkPage(page, where, phone);
  }
  await context.close();
}
await checkPrint();
for (const problem of await tryScripts(browser, site.address)) report("desk.js", problem);
await browser.close();
site.stop();
await checkSources();

if (findings.length) {
  console.error(findings.join("\n"));
  console.error(`${findings.length} findings`);
  process.exit(1);
}
console.log(`${names.length} pages, wide and phone: nothing found`);

/** Everything that needs the page as the browser sees it. */
async function checkPage(page, where, phone) {
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (sideways > 0) report(where, `the page scrolls sideways by ${sideways} px`);
  for (const problem of await page.evaluate(inspect)) report(where, problem);
  if (phone) for (const small of await page.evaluate(smallTargets)) report(where, `target under 44 px: ${small}`);

  await page.evaluate(axe);
  const result = await page.evaluate((values) => window.axe.run(document, { runOnly: { type: "tag", values } }), tags);
  for (const violation of result.violations) {
    const places = violation.nodes.slice(0, 3).map((node) => node.target.join(" ")).join(" | ");
    report(where, `${violation.id}: ${violation.help} [${violation.nodes.length}: ${places}]`);
  }
  await checkModes(page, where);
}

/** Large type does not push the page sideways; high contrast is 7 : 1 for every word. */
async function checkModes(page, where) {
  const sideways = await page.evaluate(() => {
    document.documentElement.dataset.size = "large";
    document.documentElement.dataset.contrast = "high";
    return document.documentElement.scrollWidth - document.documentElement.clientWidth;
  });
  if (sideways > 0) report(where, `in large type the page scrolls sideways by ${sideways} px`);
  const rules = ["color-contrast", "color-contrast-enhanced"];
  const result = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "rule", values } }),
    rules,
  );
  for (const violation of result.violations) {
    const places = violation.nodes.slice(0, 3).map((node) => `${node.target.join(" ")} ${node.any[0]?.message}`).join(" | ");
    report(where, `in high contrast: ${violation.id} [${violation.nodes.length}: ${places}]`);
  }
}

/** Runs in the page: ids, anchors, labels, inline styles and scripts, weekdays. */
function inspect() {
  const problems = [];
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) problems.push(`id ${id} is used twice`);
  const refers = (element, attribute) => (element.getAttribute(attribute) ?? "").split(/\s+/).filter(Boolean);
  for (const attribute of ["for", "aria-labelledby", "aria-describedby"]) {
    for (const element of document.querySelectorAll(`[${attribute}]`)) {
      for (const id of refers(element, attribute)) if (!ids.includes(id)) problems.push(`${attribute} names ${id}, which is not there`);
    }
  }
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const id = link.getAttribute("href").slice(1);
    if (!ids.includes(id)) problems.push(`link to #${id}, which is not there`);
  }
  if (document.querySelector("[style], style")) problems.push("inline style");
  const isPublic = document.body.classList.contains("public");
  if (isPublic && document.querySelector("script")) problems.push("script on a public page");
  if (document.querySelector("script:not([src])")) problems.push("inline script");
  for (const time of document.querySelectorAll("time[datetime]")) {
    const said = time.textContent.match(/星期(.)/)?.[1];
    const is = "日一二三四五六"[new Date(`${time.dateTime.slice(0, 10)}T00:00Z`).getUTCDay()];
    if (said && said !== is) problems.push(`${time.dateTime} is 星期${is}, not 星期${said}`);
  }
  return problems;
}

/** Runs in the page: controls and links outside running text that are lower than 44 px. */
function smallTargets() {
  const controls = document.querySelectorAll(".button, .pager a, .tabs a, .site-nav a, .desk-nav a, .display-switch button, select, textarea, .choices > label, input:not([type=hidden], [type=radio], [type=checkbox], [type=file])");
  return [...controls]
    .filter((element) => element.offsetHeight > 0 && element.getBoundingClientRect().height < 43.5)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className} "${element.textContent.trim().slice(0, 12)}"`);
}

/** The board stands on one A3 sheet. */
async function checkPrint() {
  const page = await browser.newPage();
  await page.goto(`${site.address}/desk-board.html`);
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString("latin1");
  const sheets = pdf.match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  const landscape = /\/MediaBox\s*\[\s*0 0 119\d(\.\d+)? 84\d/.test(pdf);
  if (sheets !== 1 || !landscape) report("desk-board.html (print)", `${sheets} sheets, A3 landscape: ${landscape}`);
  await page.close();
}

/** Classes used in the patterns stand in the README's list, and the list holds no others. */
async function checkSources() {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const listed = new Set([...readme.matchAll(/`\.([\w-]+)`/g)].map((match) => match[1]));
  const used = new Set();
  for (const folder of ["patterns", "patterns/shell"]) {
    for (const name of await readdir(join(root, folder))) {
      if (!name.endsWith(".html")) continue;
      const source = await readFile(join(root, folder, name), "utf8");
      for (const match of source.matchAll(/\bclass="([^"]+)"/g)) match[1].split(/\s+/).forEach((word) => used.add(word));
    }
  }
  const styles = (await Promise.all((await readdir(join(root, "src"))).filter((name) => name.endsWith(".css")).map((name) => readFile(join(root, "src", name), "utf8")))).join("\n");
  for (const word of used) if (!listed.has(word)) report("README.md", `class ${word} is used but not listed`);
  for (const word of listed) if (!used.has(word) && !styles.includes(`.${word}`)) report("README.md", `class ${word} is listed but exists nowhere`);
}
