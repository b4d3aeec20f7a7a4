// Reads the sources of the workspace for the invariants: files by kind, code without comments and tests, the arrows
// between crates.

import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const neverOurs = new Set(['target', 'node_modules', 'dist', '.git']);

/** Paths below a folder of the repository, relative to its root, that end in one of the given ways. */
export function files(folder, ...endings) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return neverOurs.has(entry.name) ? [] : files(path, ...endings);
    return endings.some((ending) => entry.name.endsWith(ending)) ? [path] : [];
  });
}

export const read = (path) => readFileSync(join(root, path), 'utf8');

/** Rust files of the product: not the tests, benchmarks and examples of a crate. */
export function productFiles(folder = 'crates') {
  const notProduct = /^crates\/[^/]+\/(tests|benches|examples)\/|\/tests(\.rs$|\/)/;
  return files(folder, '.rs').filter((path) => !notProduct.test(path));
}

/**
 * Rust code as the compiler of the product sees it, line for line: comments emptied, and what stands under `#[cfg(test)]`
 * taken away. String literals stay, but cannot be mistaken for comments.
 */
export function productCode(path) {
  return withoutTests(withoutComments(read(path)));
}

export function withoutComments(rust) {
  const token = /r(#*)"[\s\S]*?"\1|b?"(?:\\[\s\S]|[^"\\])*"|'(?:\\.[^']*|[^'\\])'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return rust.replace(token, (found) => (found.startsWith('//') || found.startsWith('/*') ? blank(found) : found));
}

export function withoutTests(rust) {
  let code = rust;
  for (;;) {
    const start = code.search(/#\[cfg\((?:test|all\(test\b[^\]]*)\)\]/);
    if (start === -1) return code;
    code = code.slice(0, start) + blank(code.slice(start, endOfItem(code, start))) + code.slice(endOfItem(code, start));
  }
}

// An item ends at its semicolon, or at the brace that closes the first one it opens.
function endOfItem(code, start) {
  let depth = 0;
  for (let index = code.indexOf(']', start) + 1; index < code.length; index += 1) {
    const character = code[index];
    if (character === '{') depth += 1;
    if (character === '}' && (depth -= 1) === 0) return index + 1;
    if (character === ';' && depth === 0) return index + 1;
  }
  return code.length;
}

const blank = (text) => text.replace(/[^\n]/g, ' ');

/** Lines of the given files on which the pattern is found, as `path:line: text`. */
export function findings(paths, pattern, textOf = productCode) {
  return paths.flatMap((path) =>
    textOf(path)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

let packages;

/** The crates of the workspace by name, with the names of what each depends on outside its tests. */
export function crates() {
  packages ??= JSON.parse(
    execFileSync('cargo', ['metadata', '--format-version=1', '--no-deps', '--locked', '--offline'], {
      cwd: root,
      maxBuffer: 1 << 26,
    }).toString(),
  ).packages;
  return new Map(
    packages.map((one) => [
      one.name,
      {
        folder: relative(root, one.manifest_path).replace(/\/Cargo\.toml$/, ''),
        dependencies: one.dependencies.filter(({ kind }) => kind === null).map(({ name }) => name),
      },
    ]),
  );
}
