// Builds the styles and the desk script into dist/, with content hashes in the file names and a
// manifest.json that maps the stable name to the hashed one. Needs nothing but node_modules.
import { build } from "esbuild";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "dist");

// Offices run browsers that are years old (Chromium 86 under other names), so syntax is lowered to those.
const target = ["chrome86", "firefox78", "safari15"];

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const result = await build({
  absWorkingDir: root,
  entryPoints: ["src/public.css", "src/desk.css", "src/desk.js", "src/proof.js"],
  outdir: "dist",
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  charset: "utf8",
  legalComments: "none",
  target,
  metafile: true,
});

const manifest = {};
const sizes = [];
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  manifest[basename(output.entryPoint)] = basename(path);
  sizes.push(`${basename(path)} ${output.bytes} bytes`);
}
const sorted = Object.fromEntries(Object.entries(manifest).sort());
await writeFile(join(out, "manifest.json"), JSON.stringify(sorted, null, 2) + "\n");
console.log(sizes.sort().join("\n"));
