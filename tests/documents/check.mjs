// Checks what the documents promise: links lead somewhere, the commands they show exist, and no tracked file names a
// place on somebody's machine or the host of a package registry.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = join(root, 'target/debug/gongkai');

/** Files that are tracked, or would be with the next commit. */
function projectFiles() {
  return execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
    .toString()
    .split('\0')
    .filter((file) => file && existsSync(join(root, file)) && lstatSync(join(root, file)).isFile());
}

const read = (file) => readFileSync(join(root, file), 'utf8');
const isBinary = (text) => text.slice(0, 8000).includes('\0');

// --- links ---

function withoutCode(markdown) {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '');
}

/** The fragment that a heading gets where Markdown is shown: lower case, no punctuation, hyphens for spaces. */
function fragmentOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function fragmentsOf(markdown) {
  const seen = new Map();
  const fragments = new Set();
  for (const [, heading] of markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const fragment = fragmentOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    const times = seen.get(fragment) ?? 0;
    seen.set(fragment, times + 1);
    fragments.add(times === 0 ? fragment : `${fragment}-${times}`);
  }
  return fragments;
}

function linksOf(markdown) {
  const text = withoutCode(markdown);
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const references = [...text.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/gm)];
  const sources = [...text.matchAll(/<(?:img|source|a)\b[^>]*?\b(?:src|srcset|href)="([^"]+)"/g)];
  return [...inline, ...references, ...sources].map(([, target]) => target);
}

function checkLinks(file, problems) {
  const markdown = read(file);
  for (const target of linksOf(markdown)) {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue;
    const [path, fragment] = target.split('#');
    const wanted = path === '' ? file : normalize(join(dirname(file), decodeURIComponent(path)));
    // `../../security` and the like are pages of the place where the repository is shown, above its root.
    if (wanted.startsWith('..')) {
      if (!/^(\.\.\/)+(security|issues|pulls|releases|actions)\b/.test(target)) {
        problems.push(`${file}: the link ${target} leaves the repository`);
      }
      continue;
    }
    if (!existsSync(join(root, wanted))) {
      problems.push(`${file}: the link ${target} leads nowhere`);
    } else if (fragment && wanted.endsWith('.md') && !fragmentsOf(read(wanted)).has(decodeURIComponent(fragment))) {
      problems.push(`${file}: ${wanted} has no heading for #${fragment}`);
    }
  }
}

// --- commands ---

/** Command lines that a document shows: lines of its code blocks and code in running text. */
function commandsOf(markdown) {
  const blocks = [...markdown.matchAll(/^(?:```|~~~)(?:sh|bash|shell|console|text)?\n([\s\S]*?)^(?:```|~~~)/gm)];
  const lines = blocks.flatMap(([, block]) => block.split('\n'));
  const inText = [...markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  return [...lines, ...inText].map((line) => line.trim().replace(/^\$ /, ''));
}

function checkCommands(file, targets, problems) {
  for (const command of commandsOf(read(file))) {
    const make = command.match(/^make ([a-z][a-z-]*)\b/);
    if (make && !targets.has(make[1])) problems.push(`${file}: the Makefile has no target ${make[1]}`);

    const script = command.match(/^(?:\.\/)?((?:scripts|benches)\/[\w./-]+)/);
    if (script && !existsSync(join(root, script[1]))) problems.push(`${file}: there is no ${script[1]}`);

    const own = command.match(/^(?:target\/(?:debug|release)\/)?gongkai((?: [a-z][a-z-]*)+)/);
    if (own) checkSubcommand(file, own[1].trim().split(' '), problems);
  }
}

// Arguments are written in capitals (`FILE.jsonl`) or begin with a hyphen, so lower-case words are commands.
function checkSubcommand(file, words, problems) {
  const known = (chain) => spawnSync(program, [...chain, '--help'], { stdio: 'ignore', timeout: 20_000 }).status === 0;
  if (!known(words)) problems.push(`${file}: gongkai has no command "${words.join(' ')}"`);
}

function makeTargets() {
  return new Set([...read('Makefile').matchAll(/^([a-z][a-z-]*):/gm)].map(([, target]) => target));
}

// --- places and hosts ---

// Put together from pieces, or this file would be the first to be found.
const slash = '/';
const registries = [
  ['registry', 'npmjs'], ['registry', 'yarnpkg'], ['registry', 'npmmirror'], ['index', 'crates'], ['static', 'crates'],
  ['files', 'pythonhosted'], ['deb', 'debian'],
].map((labels) => labels.join('\\.'));
const forbidden = [
  { name: "a place in somebody's home", pattern: new RegExp(`${slash}(?:home|Users)${slash}[a-z][\\w.-]*${slash}`) },
  { name: "a place in root's home", pattern: new RegExp(`(?<![\\w.])${slash}root${slash}[\\w.]`) },
  { name: 'a place on a build machine', pattern: new RegExp(`(?<![\\w.}-])${slash}(?:work|workspace|builds)${slash}[\\w.]`) },
  { name: 'the host of a package registry', pattern: new RegExp(`\\b(?:${registries.join('|')})\\.(?:org|com|io)\\b`) },
];

function checkPlaces(file, problems) {
  const text = read(file);
  if (isBinary(text)) return;
  text.split('\n').forEach((line, index) => {
    for (const { name, pattern } of forbidden) {
      if (pattern.test(line)) problems.push(`${file}:${index + 1}: names ${name}: ${line.trim().slice(0, 120)}`);
    }
  });
}

// --- the security checklist ---

/** Every test there is: functions of Rust tests, and titles of JavaScript ones. */
function namesOfTests(files) {
  const names = new Set();
  for (const file of files) {
    if (!/\.(rs|js|mjs)$/.test(file)) continue;
    const text = read(file);
    const isRust = file.endsWith('.rs') && (file.includes('/tests/') || text.includes('#[cfg(test)]'));
    const tests = isRust ? text.slice(file.includes('/tests/') ? 0 : text.indexOf('#[cfg(test)]')) : '';
    for (const [, name] of tests.matchAll(/^ {0,8}(?:async )?fn ([a-z0-9_]+)\(/gm)) names.add(name);
    if (!isRust) for (const [, title] of text.matchAll(/^ *test\('([^'\n]+)'/gm)) names.add(title);
  }
  return names;
}

/** Each line of docs/security.md names tests that exist, or says that there are none. */
function checkSecurity(files, problems) {
  const names = namesOfTests(files);
  let lines = 0;
  for (const line of read('docs/security.md').split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    if (cells.length !== 5 || cells[3] === 'Proof' || /^-+$/.test(cells[3])) continue;
    lines += 1;
    const named = [...cells[3].matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    const isHonest = ['held by review', 'not built yet'].includes(cells[3]);
    if (named.length === 0 && !isHonest) problems.push(`docs/security.md: "${cells[1]}" has no proof`);
    for (const name of named) {
      if (!names.has(name)) problems.push(`docs/security.md: there is no test ${name}`);
    }
  }
  if (lines < 40) problems.push(`docs/security.md: only ${lines} lines were read`);
}

// --- all of it ---

const problems = [];
const files = projectFiles();
const documents = files.filter((file) => file.endsWith('.md'));
const targets = makeTargets();
if (!existsSync(program)) problems.push('target/debug/gongkai is missing; build it with: cargo build -p gongkai');
if (!documents.includes('README.md')) problems.push('there is no README.md');

for (const file of documents) {
  checkLinks(file, problems);
  if (existsSync(program)) checkCommands(file, targets, problems);
}
for (const file of files) checkPlaces(file, problems);
checkSecurity(files, problems);

for (const problem of problems) console.error(problem);
console.log(`check-docs: ${documents.length} documents, ${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
