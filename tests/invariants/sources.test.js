// The invariants are only as good as what reads the sources for them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutComments, withoutTests } from './sources.js';

test('comments are emptied, strings that look like comments stay', () => {
  const code = withoutComments('let a = "// no"; // yes\n/* yes\nyes */ let b = r#"/* no "x" */"#; let c = \'"\'; // yes');
  assert.equal(code.includes('yes'), false);
  assert.equal(code.match(/no/g).length, 2);
  assert.equal(code.split('\n').length, 3);
});

test('what stands under cfg(test) is taken away, what follows stays', () => {
  const code = withoutTests('fn a() {}\n#[cfg(test)]\nmod tests { fn gone() { x } }\nfn b() {}\n#[cfg(test)]\nmod gone;\nfn c() {}');
  assert.equal(code.includes('gone'), false);
  for (const name of ['a', 'b', 'c']) assert.ok(code.includes(`fn ${name}`));
  assert.equal(code.split('\n').length, 7);
});
