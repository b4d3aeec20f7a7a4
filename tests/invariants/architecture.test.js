// The invariants of ARCHITECTURE.md that can be read from the sources. Each detector is first shown something that breaks
// the rule: an invariant whose test cannot fail protects nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crates, files, findings, productCode, productFiles, read } from './sources.js';

const domainCrates = new Set(['lawbook', 'engagement', 'foi', 'oversight', 'breakdown']);

/** What each crate of the house may stand on; a crate that is not named here has no place yet. */
const mayDependOn = {
  statute: [],
  content: [],
  search: [],
  office: ['content'],
  typeset: ['content'],
  kit: ['statute', 'content', 'search', 'office'],
  casework: ['kit', 'statute', 'content', 'search', 'office'],
  publishing: ['kit', 'statute', 'content', 'search', 'office'],
};
for (const name of domainCrates) {
  mayDependOn[name] = ['kit', 'casework', 'publishing', 'statute', 'content', 'search', 'office'];
}

function none(paths, pattern, mustCatch, textOf) {
  for (const sample of mustCatch) assert.match(sample, pattern);
  assert.ok(paths.length > 0, 'there are files to look at');
  assert.deepEqual(findings(paths, pattern, textOf), []);
}

test('arrows between crates point one way', () => {
  const all = crates();
  const broken = [];
  for (const [name, { dependencies }] of all) {
    // The binary and the packages of tests know every crate; that is what they are for.
    if (name === 'gongkai' || isTestPackage(name)) continue;
    assert.ok(name in mayDependOn, `crate ${name} has a place in the house`);
    for (const other of dependencies) {
      if (all.has(other) && !mayDependOn[name].includes(other)) broken.push(`${name} → ${other}`);
    }
  }
  assert.ok(all.has('statute') && all.has('gongkai'), 'the workspace was read');
  assert.deepEqual(broken, []);
});

test('statute is pure: no I/O, no clock, no randomness, no async, no database types', () => {
  const pattern =
    /\bstd::(fs|env|net|process|io|thread)\b|\b(SystemTime|Instant)::now\b|\b(Utc|Local)::now\b|\basync fn\b|\b(tokio|sea_orm|sqlx|rand|getrandom|tracing)::/;
  none(productFiles('crates/statute'), pattern, ['std::fs::read(x)', 'Utc::now()', 'async fn f()', 'use sea_orm::Value']);
  const impure = /^(tokio|futures|sea-orm.*|sqlx.*|rand|getrandom|axum|tracing|reqwest|uuid)$/;
  assert.deepEqual(crates().get('statute').dependencies.filter((name) => impure.test(name)), []);
});

test('only the binary reads the environment', () => {
  const pattern = /\benv::(var|var_os|vars|vars_os|args|args_os)\s*\(/;
  none(
    productFiles().filter((path) => !path.startsWith('crates/gongkai/') && !isConfinedChild(path) && !isTestSupport(path)),
    pattern,
    ['std::env::var("X")', 'env::args()'],
  );
});

test('one function reads the clock', () => {
  const pattern = /\b(Utc|Local|SystemTime)::now\b/;
  none(productFiles().filter((path) => path !== 'crates/kit/src/clock.rs'), pattern, ['Utc::now()', 'chrono::Local::now()']);
});

test('no template leaves text unescaped', () => {
  const templates = files('crates', '.html', '.xml', '.svg', '.txt').filter((path) => path.includes('/templates/'));
  none(templates, /\|\s*safe\b|\bescape\s*=\s*"none"|autoescape\s+false/, ['{{ x|safe }}', '{{ x | safe }}'], read);
});

test('no Rust view marks text as safe outside the type of the content renderer', () => {
  const pattern = /\b(filters::Safe|MarkupDisplay::new_safe)\b|\bescape\s*=\s*"none"|\bimpl\b.*\bHtmlSafe\s+for\b/;
  none(
    productFiles().filter((path) => !/^crates\/(content|kit)\//.test(path)),
    pattern,
    ['impl askama::filters::HtmlSafe for X {}', '#[template(escape = "none")]'],
  );
});

test('pages carry no inline script and no inline event handler', () => {
  const templates = files('crates', '.html').filter((path) => path.includes('/templates/'));
  const pattern = /<script(?![^>]*\bsrc=)[^>]*>|\son[a-z]+\s*=\s*["']|javascript:/i;
  none(templates, pattern, ['<script>x</script>', '<a onclick="x">'], read);
});

test('outgoing HTTP exists only in the guarded client', () => {
  const clients = /^(reqwest|ureq|isahc|surf|awc|curl|hyper-util|hyper)$/;
  const broken = [...crates()].flatMap(([name, { dependencies }]) =>
    name === 'kit' || isTestPackage(name) ? [] : dependencies.filter((other) => clients.test(other)).map((other) => `${name} → ${other}`),
  );
  assert.match('reqwest', clients);
  assert.deepEqual(broken, []);
});

test('programs are started only by the confined child', () => {
  const pattern = /\bCommand::new\s*\(/;
  const outside = productFiles().filter((path) => !isConfinedChild(path));
  none(outside.filter((path) => !path.startsWith('crates/gongkai/')), pattern, ['Command::new("soffice")']);
});

test('no unsafe code, no ignored test, nothing left to do', () => {
  const rust = files('crates', '.rs');
  none(rust, /\bunsafe\s*(\{|fn|impl)/, ['unsafe { x }'], productCode);
  none(rust, /^\s*#\[ignore\b/, ['#[ignore]', '#[ignore = "slow"]'], read);
  none(rust, /\b(todo|unimplemented)!\s*\(/, ['todo!()'], productCode);
});

test('a domain crate writes only through the one door', () => {
  const pattern = /\.begin\(\)|\.begin_with_config\(|\.transaction(_with_config)?\s*[(:]|\bexecute_unprepared\s*\(/;
  none(
    productFiles().filter((path) => !path.startsWith('crates/kit/')),
    pattern,
    ['db.begin().await', 'db.transaction::<_, _, E>(', 'db.execute_unprepared("x")'],
  );
});

test('each crate has at most one integration-test binary', () => {
  const binaries = files('crates', '.rs').filter((path) => /^crates\/[^/]+\/tests\/([^/]+\.rs|[^/]+\/main\.rs)$/.test(path));
  const broken = [...groupByCrate(binaries)].filter(([, paths]) => paths.length > 1);
  assert.deepEqual(broken, []);
});

test('every deed that is recorded has a sentence for those who read the audit record', () => {
  const declared = new Set();
  for (const path of productFiles()) {
    for (const [, action] of productCode(path).matchAll(/\(\s*"([a-z]+\.[a-z_]+)",\s*"[^"]*[\u4e00-\u9fff]/g)) declared.add(action);
  }
  const silent = [];
  for (const path of productFiles()) {
    for (const action of actionsRecorded(productCode(path))) {
      if (!declared.has(action)) silent.push(`${path}: ${action}`);
    }
  }
  assert.deepEqual(actionsRecorded('Deed::new("a.b", x); f("c.d")'), ['a.b']);
  assert.deepEqual(actionsRecorded('Deed::new(action, x); f("c.d"); g("e.f")'), ['c.d', 'e.f']);
  assert.ok(declared.size > 40, 'the sentences were read');
  assert.deepEqual(silent, []);
});

/** The actions that a source records; where an action is a variable, everything in the file that looks like one. */
function actionsRecorded(code) {
  const named = [...code.matchAll(/Deed::new\(\s*"([a-z]+\.[a-z_]+)"/g)].map((match) => match[1]);
  if (!/Deed::new\(\s*[a-z]/.test(code)) return named;
  return [...code.matchAll(/(?<!(?:id|name): )"([a-z]+\.[a-z_]+)"/g)].map((match) => match[1]);
}

function groupByCrate(paths) {
  const groups = new Map();
  for (const path of paths) {
    const name = path.split('/')[1];
    groups.set(name, [...(groups.get(name) ?? []), path]);
  }
  return groups;
}

// Packages under tests/ drive the program from outside; nothing of them is in it.
function isTestPackage(name) {
  return name === 'stories' || name === 'faults';
}

function isConfinedChild(path) {
  return /^crates\/office\/src\/(confine|confined|child|sandbox)/.test(path);
}

// What only tests use but other crates' tests share; it stands behind a feature of its own.
function isTestSupport(path) {
  return /^crates\/[^/]+\/src\/(testing|test_support|testkit)/.test(path);
}
