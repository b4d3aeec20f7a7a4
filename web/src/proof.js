// The only script of the public site, on a form under attack: it reckons instead of the reader's waiting. Without it the
// form works as well, after the time that the page names.

const box = document.getElementById("proof");

/** Looks for the number that makes the hash of `nonce:number` begin with `bits` zeros, in slices, so that typing goes on. */
function reckon(nonce, bits) {
  const prefix = `${nonce}:`;
  let number = 0;
  const slice = () => {
    const until = performance.now() + 40;
    while (performance.now() < until) {
      for (let i = 0; i < 200; i += 1, number += 1) {
        if (leadingZeros(prefix + number) >= bits) return paid(number);
      }
    }
    setTimeout(slice, 0);
  };
  slice();
}

function paid(number) {
  box.querySelector("[name=proof]").value = String(number);
  document.getElementById("proof-words").textContent = "核验已自动完成，填好后可以直接提交。";
}

function leadingZeros(text) {
  const hash = sha256(text);
  let zeros = 0;
  for (const word of hash) {
    const here = Math.clz32(word);
    zeros += here;
    if (here < 32) break;
  }
  return zeros;
}

const round = constants(64, (prime) => Math.cbrt(prime));
const start = constants(8, (prime) => Math.sqrt(prime));
const schedule = new Int32Array(64);

/** The first 32 bits of the fraction of a root of each of the first primes. */
function constants(count, root) {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    if (isPrime(n)) found.push((root(n) % 1) * 0x100000000);
  }
  return Int32Array.from(found, (value) => value | 0);
}

function isPrime(n) {
  for (let d = 2; d * d <= n; d += 1) if (n % d === 0) return false;
  return true;
}

/** SHA-256 of a short ASCII text (at most 55 signs), as eight words. The browser's own is too slow for so many short texts. */
function sha256(text) {
  const w = schedule;
  w.fill(0, 0, 16);
  for (let i = 0; i < text.length; i += 1) w[i >> 2] |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  w[text.length >> 2] |= 0x80 << (24 - 8 * (text.length & 3));
  w[15] = text.length * 8;
  for (let i = 16; i < 64; i += 1) {
    const a = w[i - 15];
    const b = w[i - 2];
    const s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3);
    const s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = start;
  for (let i = 0; i < 64; i += 1) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + round[i] + w[i]) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, i) => (word + start[i]) | 0);
}

function rotate(word, by) {
  return (word >>> by) | (word << (32 - by));
}

// Last, because what it needs is made above.
if (box) reckon(box.dataset.nonce, Number(box.dataset.bits));
