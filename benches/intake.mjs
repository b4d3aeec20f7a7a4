// Measures the intake of a large table: node benches/intake.mjs [COUNT] prints one JSON line and a Markdown table. SQLite always;
// PostgreSQL too when GONGKAI_TEST_POSTGRES names a server, in a database of its own that is dropped afterwards.

import { spawn, execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { cpuMicroseconds, memoryMebibytes, round } from './support/processes.mjs';

const program = process.env.GONGKAI_PROGRAM ?? new URL('../target/release/gongkai', import.meta.url).pathname;
const server = process.env.GONGKAI_TEST_POSTGRES;
const count = Number(process.argv[2] ?? 100_000);
const sampleEveryMilliseconds = 20;

const place = await mkdtemp(join(tmpdir(), 'gongkai-intake-'));
try {
  const source = join(place, '示例单位.csv');
  await writeTable(source);
  const figures = { rows: count, sqlite: await measure('sqlite', source, undefined) };
  if (server) figures.postgresql = await measureOnPostgres(source);
  console.log(JSON.stringify(figures));
  console.log(`\n${markdown(figures)}`);
} finally {
  await rm(place, { recursive: true, force: true });
}

async function writeTable(path) {
  const output = createWriteStream(path);
  output.write('示例单位名册\n全称,简称,代码,类别,依据,联系方式\n');
  for (let number = 0; number < count; number += 1) {
    const line = `示例区第${number}号服务中心,示例第${number}中心,u-${number},其他,示例批复〔2021〕${number}号,示例路${number % 500}号\n`;
    if (!output.write(line)) await once(output, 'drain');
  }
  output.end();
  await once(output, 'finish');
}

async function measureOnPostgres(source) {
  const name = `gongkai_intake_${process.pid}`;
  const url = new URL(server);
  execFileSync('psql', [server, '--quiet', '--command', `CREATE DATABASE ${name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'`]);
  try {
    url.pathname = `/${name}`;
    return await measure('postgresql', source, url.href);
  } finally {
    execFileSync('psql', [server, '--quiet', '--command', `DROP DATABASE ${name} WITH (FORCE)`]);
  }
}

async function measure(database, source, url) {
  const configuration = join(place, `${database}.toml`);
  const lines = [`data = ${JSON.stringify(join(place, database))}`];
  if (url) lines.push('[database]', `url = ${JSON.stringify(url)}`);
  await writeFile(configuration, `${lines.join('\n')}\n`);
  execFileSync(program, ['migrate', '--config', configuration], { stdio: 'ignore' });
  const first = await runToItsEnd(['intake', source, '--kind', 'units', '--format', 'json', '--config', configuration]);
  if (first.report.taken !== count) throw new Error(`only ${first.report.taken} of ${count} rows were taken`);
  const again = await runToItsEnd(['intake', source, '--kind', 'units', '--format', 'json', '--config', configuration]);
  if (!again.report.known_before) throw new Error('the same file was not recognised');
  const { report, ...figures } = first;
  return { ...figures, rowsPerSecond: round(count / figures.seconds), secondsTheSameFileAgain: again.seconds };
}

/** Runs the program until it ends; its processor time and memory are sampled, because /proc forgets them at the end. */
async function runToItsEnd(argumentsOfProgram) {
  const started = performance.now();
  const child = spawn(program, argumentsOfProgram, { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk) => { printed += chunk; });
  let last = { cpuSeconds: 0, peakMebibytes: 0 };
  const timer = setInterval(() => {
    last = sample(child.pid) ?? last;
  }, sampleEveryMilliseconds);
  const [code, signal] = await once(child, 'close');
  clearInterval(timer);
  if (code !== 0) throw new Error(`gongkai ${argumentsOfProgram.join(' ')} ended with ${signal ?? code}`);
  return { seconds: round((performance.now() - started) / 1000, 2), ...last, report: JSON.parse(printed) };
}

function sample(pid) {
  try {
    return { cpuSeconds: round(cpuMicroseconds([pid]) / 1e6, 2), peakMebibytes: memoryMebibytes(pid).peak };
  } catch {
    // It ended between two samples.
    return undefined;
  }
}

function markdown({ rows, ...databases }) {
  const names = Object.keys(databases);
  const lines = [
    ['time, s', 'seconds'],
    ['rows per s', 'rowsPerSecond'],
    ['CPU of the program (without the child that reads), s', 'cpuSeconds'],
    ['peak memory, MiB', 'peakMebibytes'],
    ['the same file again, s', 'secondsTheSameFileAgain'],
  ];
  const head = `| intake of ${rows} units from CSV | ${names.join(' | ')} |`;
  const rule = `| --- |${names.map(() => ' ---: |').join('')}`;
  const body = lines.map(([label, key]) => `| ${label} | ${names.map((name) => databases[name][key]).join(' | ')} |`);
  return [head, rule, ...body].join('\n');
}
