// Puts each pattern (patterns/*.html, the body of one page) into its shell and writes whole pages to
// preview/, so that they can be looked at and checked. The first comment of a pattern is its front
// matter: shell, title, nav (which entry is current), and optional search, html and note.
import { copyFile, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const patterns = join(root, "patterns");
const preview = join(root, "preview");
const manifest = JSON.parse(await readFile(join(root, "dist/manifest.json"), "utf8"));

/** The search field in the head of public pages; pages with a search field of their own leave it out. */
const headSearch = `    <form class="site-search" action="/search" role="search">
      <label class="visually-hidden" for="head-q">检索本站</label>
      <input id="head-q" name="q" type="search" autocomplete="off">
      <button class="button" type="submit">检索</button>
    </form>
`;

/** Splits a pattern into its front matter and its body. */
function parse(source, name) {
  const match = source.match(/^<!--([\s\S]*?)-->\n/);
  if (!match) throw new Error(`${name}: the first line must be a comment with the front matter`);
  const front = {};
  for (const line of match[1].split("\n")) {
    const pair = line.match(/^\s*(\w+):\s*(.*)$/);
    if (pair) front[pair[1]] = pair[2].trim();
  }
  return { front, body: source.slice(match[0].length).trimEnd() };
}

/** Fills the slots of a shell; an unknown slot becomes empty. */
function fill(shell, front, body) {
  const html = front.html ? ` ${front.html}` : "";
  const fixed = {
    title: front.title,
    html,
    head: "",
    search: front.search === "no" ? "" : headSearch,
    large: String(html.includes("data-size")),
    high: String(html.includes("data-contrast")),
    "css:public": `/dist/${manifest["public.css"]}`,
    "css:desk": `/dist/${manifest["desk.css"]}`,
    "js:desk": `/dist/${manifest["desk.js"]}`,
    [`nav:${front.nav}`]: ' aria-current="page"',
    body,
  };
  return shell.replace(/\{\{([\w:]+)\}\}/g, (_, slot) => fixed[slot] ?? "");
}

await rm(preview, { recursive: true, force: true });
await mkdir(preview, { recursive: true });
const names = (await readdir(patterns)).filter((name) => name.endsWith(".html")).sort();
const index = [];
for (const name of names) {
  const { front, body } = parse(await readFile(join(patterns, name), "utf8"), name);
  const shell = await readFile(join(patterns, "shell", `${front.shell}.html`), "utf8");
  await writeFile(join(preview, name), fill(shell, front, body));
  index.push(`<li><a href="${name}">${name}</a> ${front.title}</li>`);
}
for (const name of (await readdir(patterns)).filter((name) => name.endsWith(".svg"))) {
  await copyFile(join(patterns, name), join(preview, name));
}
const bare = await readFile(join(patterns, "shell/bare.html"), "utf8");
const list = `<h1>样式册</h1>\n<ul class="plain-list">\n${index.join("\n")}\n</ul>`;
await writeFile(join(preview, "index.html"), fill(bare, { title: "样式册" }, list));
console.log(`${names.length} patterns in preview/`);
