// Compares a public page of Gongkai with nginx serving the same bytes: processor time per request, in alternated rounds.
// node benches/public-page.mjs [PATH...] prints one JSON line and a Markdown table.
//
// Requests per second depend on what else the machine does; processor time of the server per request hardly does, so the
// ratio of its medians is the figure to look at.

import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { startDemo } from '../tests/journeys/support/demo.js';
import { freePort, millisecondsUntilAnswer } from './support/ports.mjs';
import { cpuMicroseconds, family, median, needDebianPackages, round } from './support/processes.mjs';

const rounds = Number(process.env.GONGKAI_BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.GONGKAI_BENCH_SECONDS ?? 4);
const connections = 64;
const program = process.env.GONGKAI_PROGRAM ?? new URL('../target/release/gongkai', import.meta.url).pathname;
const run = promisify(execFile);

const paths = process.argv.length > 2 ? process.argv.slice(2) : ['/'];
needDebianPackages('nginx', 'wrk', 'curl');
const results = [];
const demo = await startDemo(program);
try {
  for (const path of paths) results.push(await comparePage(demo, path));
} finally {
  await demo.stop();
}
console.log(JSON.stringify({ rounds, seconds, connections, results }));
console.log(`\n${markdown(results)}`);

async function comparePage(demo, path) {
  const ours = new URL(path, demo.public).href;
  const page = await bodyOf(ours);
  const nginx = await startNginx(page);
  try {
    const subjects = [
      { name: 'gongkai', url: ours, pids: () => family(demo.pid) },
      { name: 'nginx', url: nginx.url, pids: () => family(nginx.pid) },
    ];
    const variants = [];
    for (const encoding of ['identity', 'gzip']) variants.push(await compareVariant(subjects, encoding));
    return { path, bytes: page.length, gzipBytes: gzipSync(page).length, variants };
  } finally {
    await nginx.stop();
  }
}

async function compareVariant(subjects, encoding) {
  const [ours, theirs] = await Promise.all(subjects.map(({ url }) => bodyOf(url, encoding)));
  if (!ours.equals(theirs)) throw new Error(`the two servers do not serve the same page (${encoding})`);
  const measured = Object.fromEntries(subjects.map(({ name }) => [name, []]));
  for (let turn = 0; turn < rounds; turn += 1) {
    // Each begins every other round, so that neither always gets the warmer machine.
    const order = turn % 2 === 0 ? subjects : [...subjects].reverse();
    for (const subject of order) measured[subject.name].push(await load(subject, encoding));
  }
  const medians = Object.fromEntries(
    Object.entries(measured).map(([name, all]) => [name, round(median(all.map((one) => one.cpuMicrosecondsPerRequest)))]),
  );
  return { encoding, measured, medians, ratio: round(medians.gongkai / medians.nginx, 2) };
}

async function load({ name, url, pids }, encoding) {
  const before = cpuMicroseconds(pids());
  const { stdout } = await run('wrk', [
    '--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`,
    '--header', `Accept-Encoding: ${encoding}`, url,
  ]);
  const spent = cpuMicroseconds(pids()) - before;
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(`${name} did not answer every request:\n${stdout}`);
  const requests = Number(stdout.match(/(\d+) requests in/)[1]);
  return {
    cpuMicrosecondsPerRequest: round(spent / requests),
    requestsPerSecond: Math.round(Number(stdout.match(/Requests\/sec:\s+([\d.]+)/)[1])),
  };
}

/** The page as a browser would get it, unpacked. */
async function bodyOf(url, encoding = 'identity') {
  const { stdout } = await run('curl', ['-sS', '--fail', '--header', `Accept-Encoding: ${encoding}`, url], {
    encoding: 'buffer',
    maxBuffer: 1 << 26,
  });
  if (encoding === 'identity') return stdout;
  const isCompressed = stdout[0] === 0x1f && stdout[1] === 0x8b;
  if (!isCompressed) throw new Error(`${url} is not compressed when asked for ${encoding}`);
  return gunzipSync(stdout);
}

async function startNginx(page) {
  const place = await mkdtemp(join(tmpdir(), 'gongkai-nginx-'));
  // nginx's workers run as another user when it is started by root.
  await chmod(place, 0o755);
  await mkdir(join(place, 'www'));
  await writeFile(join(place, 'www/index.html'), page);
  await writeFile(join(place, 'www/index.html.gz'), gzipSync(page, { level: 9 }));
  const port = await freePort();
  await writeFile(join(place, 'nginx.conf'), nginxConfiguration(place, port));
  const child = spawn('/usr/sbin/nginx', ['-p', place, '-c', join(place, 'nginx.conf')], { stdio: ['ignore', 'inherit', 'inherit'] });
  const url = `http://127.0.0.1:${port}/`;
  await millisecondsUntilAnswer(url, () => child.exitCode === null);
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGQUIT');
    await ended;
    await rm(place, { recursive: true, force: true });
  };
  return { url, pid: child.pid, stop };
}

/** nginx as one would set it up to be fast: files kept open, compressed beforehand, connections kept. */
function nginxConfiguration(place, port) {
  return `
daemon off;
worker_processes 2;
pid ${place}/nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
    types { text/html html; }
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100;
    gzip_static on;
    keepalive_requests 1000000000;
    client_body_temp_path ${place}/a; proxy_temp_path ${place}/b; fastcgi_temp_path ${place}/c;
    uwsgi_temp_path ${place}/d; scgi_temp_path ${place}/e;
    server { listen 127.0.0.1:${port}; root ${place}/www; }
}
`;
}

function markdown(results) {
  const rows = results.flatMap(({ path, bytes, variants }) =>
    variants.map(({ encoding, medians, measured, ratio }) => {
      const speed = (name) => Math.round(median(measured[name].map((one) => one.requestsPerSecond)));
      return `| \`${path}\` (${bytes} bytes) | ${encoding} | ${medians.gongkai} | ${medians.nginx} | ${ratio} | ${speed('gongkai')} | ${speed('nginx')} |`;
    }),
  );
  return [
    '| page | encoding | gongkai, CPU µs per request | nginx, CPU µs per request | ratio | gongkai, requests/s | nginx, requests/s |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
  ].join('\n');
}
