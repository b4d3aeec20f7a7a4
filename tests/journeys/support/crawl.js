// Follows the links of one face and looks at every page they lead to.

import { expect } from '@playwright/test';
import { axe } from './accessibility.js';
import { fitsTheScreen } from './layout.js';

/**
 * Visits what the links from `origin` lead to, on that origin only, and checks each page. Of addresses that differ only in
 * identifiers, numbers or words asked for, `most` are visited: the rest is the same page about another thing.
 *
 * Every page is checked for what `sound` says. axe examines each page whose markup has anything that no page before it
 * had; `knownShapes` carries that from one crawl to the next.
 *
 * @returns {Promise<{pages: number, examined: number, files: number}>}
 */
export async function crawl(page, origin, { most, knownShapes }) {
  const seen = new Set(['/']);
  const waiting = ['/'];
  const visited = new Map();
  const count = { pages: 0, examined: 0, files: 0 };
  while (waiting.length > 0) {
    const address = waiting.shift();
    const family = familyOf(address);
    const already = visited.get(family) ?? 0;
    if (already >= most) continue;
    visited.set(family, already + 1);
    if (!(await opens(page, origin + address))) {
      count.files += 1;
      continue;
    }
    count.pages += 1;
    const shape = await sound(page, address);
    if (shape.some((part) => !knownShapes.has(part))) {
      shape.forEach((part) => knownShapes.add(part));
      count.examined += 1;
      await axe(page);
    }
    for (const next of await linksOf(page, origin)) {
      if (seen.has(next)) continue;
      seen.add(next);
      waiting.push(next);
    }
  }
  return count;
}

/** The address with everything that names one thing among many taken out. */
function familyOf(address) {
  const url = new URL(address, 'http://family');
  const path = url.pathname
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '*')
    .replace(/\d+/g, '*')
    .replace(/^\/units\/[^/]+/, '/units/*');
  const asked = [...url.searchParams.keys()];
  // Ways of narrowing a list can be combined at will; all combinations are one family.
  return `${path}?${asked.length > 1 ? 'several' : asked}`;
}

/** Opens the address: true for a page, false for a file to fetch; both must be there. */
async function opens(page, address) {
  let response;
  try {
    response = await page.goto(address);
  } catch (error) {
    if (!/Download is starting|ERR_ABORTED/.test(error.message)) throw error;
    const file = await page.request.get(address);
    expect(file.status(), `the file ${address}`).toBe(200);
    return false;
  }
  expect(response.status(), address).toBe(200);
  return /html/.test(response.headers()['content-type'] ?? '');
}

/** What must hold on every page; returns what its markup consists of. */
async function sound(page, address) {
  const found = await page.evaluate(describePage);
  expect(found.faults, address).toEqual([]);
  await fitsTheScreen(page);
  return found.shape;
}

/** Runs in the page. */
function describePage() {
  const faults = [];
  const elements = [...document.querySelectorAll('body, body *')];
  const ids = elements.map((element) => element.id).filter(Boolean);
  const known = new Set(ids);
  if (known.size < ids.length) faults.push(`ids used twice: ${ids.filter((id, at) => ids.indexOf(id) !== at)}`);
  if (document.title.trim() === '') faults.push('no title');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not exactly one first heading');
  if (document.querySelector('[style], style, script:not([src])')) faults.push('style or script within the page');
  // The one script of the public site reckons the price of a form that is under attack, as a journey before may have left it.
  const scripts = [...document.querySelectorAll('script')].filter((script) => !(document.querySelector('#proof') && /^\/assets\/proof-/.test(script.getAttribute('src'))));
  if (document.body.classList.contains('public') && scripts.length > 0) faults.push('a public page has a script');
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    const target = decodeURIComponent(link.getAttribute('href').slice(1));
    if (!known.has(target)) faults.push(`a link leads to #${target}, which is not there`);
  }
  for (const image of document.images) {
    if (image.complete && image.naturalWidth === 0 && image.loading !== 'lazy') faults.push(`no picture at ${image.src}`);
  }
  const name = (element) => {
    const marks = [...element.attributes]
      .filter(({ name: attribute }) => /^(role|type|scope|disabled|aria-.*|tabindex)$/.test(attribute))
      .map((attribute) => (/^aria-|scope/.test(attribute.name) ? attribute.name : `${attribute.name}=${attribute.value}`));
    return `${element.localName}.${[...element.classList].sort().join('.')}[${marks.sort()}]`;
  };
  const shape = elements.map((element) => `${name(element.parentElement)}>${name(element)}`);
  const headings = [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((heading) => heading.localName);
  // How deep headings go and in which order decides, not how many of a kind follow each other.
  shape.push(headings.filter((level, at) => level !== headings[at - 1]).join());
  return { faults, shape: [...new Set(shape)] };
}

async function linksOf(page, origin) {
  const addresses = await page.evaluate(() => [...document.querySelectorAll('a[href]')].map((link) => link.href));
  return addresses
    .map((address) => new URL(address))
    .filter((url) => url.origin === origin)
    .map((url) => url.pathname + url.search);
}
