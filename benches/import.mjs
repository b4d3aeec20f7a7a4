// Measures the import of many documents, and start and memory with them: node benches/import.mjs [COUNT] prints one JSON
// line and a Markdown table.

import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { freePort, millisecondsUntilAnswer } from './support/ports.mjs';
import { cpuMicroseconds, memoryMebibytes, round } from './support/processes.mjs';

const program = process.env.GONGKAI_PROGRAM ?? new URL('../target/release/gongkai', import.meta.url).pathname;
const units = new URL('../crates/gongkai/demo/units.json', import.meta.url).pathname;
const count = Number(process.argv[2] ?? 10_000);
const sampleEveryMilliseconds = 20;
const readRequests = 500;

const place = await mkdtemp(join(tmpdir(), 'gongkai-import-'));
try {
  const figures = await measure();
  console.log(JSON.stringify(figures));
  console.log(`\n${markdown(figures)}`);
} finally {
  await rm(place, { recursive: true, force: true });
}

async function measure() {
  const source = join(place, 'documents.jsonl');
  const generate = ['demo', 'generate', '--documents', String(count)];
  const generated = await runToItsEnd([...generate, '--data', join(place, 'generated')]);
  await rm(join(place, 'generated'), { recursive: true, force: true });
  const written = await runToItsEnd([...generate, '--out', source]);
  const { configuration, address } = await configure();
  execFileSync(program, ['unit', 'import', units, '--config', configuration]);
  const imported = await runToItsEnd(['documents', 'import', source, '--config', configuration]);
  const served = await serve(configuration, address);
  return {
    documents: count,
    generate: { ...generated, documentsPerSecond: round(count / generated.seconds) },
    generateFile: written,
    sourceMebibytes: mebibytesOf(source),
    import: { ...imported, documentsPerSecond: round(count / imported.seconds) },
    dataMebibytes: mebibytesOf(join(place, 'data')),
    serve: served,
  };
}

async function configure() {
  const [publicPort, deskPort] = [await freePort(), await freePort()];
  const configuration = join(place, 'gongkai.toml');
  const settings = { data: join(place, 'data'), listen: `127.0.0.1:${publicPort}`, desk_listen: `127.0.0.1:${deskPort}` };
  await writeFile(configuration, Object.entries(settings).map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`).join(''));
  return { configuration, address: `http://127.0.0.1:${publicPort}/` };
}

/** Runs the program until it ends; its processor time and memory are sampled, because /proc forgets them at the end. */
async function runToItsEnd(argumentsOfProgram) {
  const started = performance.now();
  const child = spawn(program, argumentsOfProgram, { stdio: ['ignore', 'ignore', 'inherit'] });
  let last = { cpuSeconds: 0, peakMebibytes: 0 };
  const timer = setInterval(() => {
    last = sample(child.pid) ?? last;
  }, sampleEveryMilliseconds);
  const [code, signal] = await once(child, 'exit');
  clearInterval(timer);
  if (code !== 0) throw new Error(`gongkai ${argumentsOfProgram.join(' ')} ended with ${signal ?? code}`);
  return { seconds: round((performance.now() - started) / 1000, 2), ...last };
}

function sample(pid) {
  try {
    return { cpuSeconds: round(cpuMicroseconds([pid]) / 1e6, 2), peakMebibytes: memoryMebibytes(pid).peak };
  } catch {
    // It ended between two samples.
    return undefined;
  }
}

async function serve(configuration, address) {
  const child = spawn(program, ['serve', '--config', configuration], { stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    const startMilliseconds = await millisecondsUntilAnswer(address, () => child.exitCode === null);
    const afterStart = memoryMebibytes(child.pid).resident;
    for (let request = 0; request < readRequests; request += 1) await read(address, request);
    const { resident, peak } = memoryMebibytes(child.pid);
    return { startMilliseconds, residentAfterStartMebibytes: afterStart, residentAfterReadingMebibytes: resident, peakMebibytes: peak };
  } finally {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await ended;
  }
}

/** Reads the home page and searches in turn, so that the index and the page cache are in memory when it is measured. */
async function read(address, request) {
  const words = ['示例', '老旧小区', '补贴', '招生', '饮水'];
  const path = request % 2 === 0 ? '' : `search?q=${encodeURIComponent(words[request % words.length])}`;
  const response = await fetch(address + path);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${path || 'the home page'} answered ${response.status}`);
}

function mebibytesOf(path) {
  return round(Number(execFileSync('du', ['--summarize', '--bytes', path]).toString().split('\t')[0]) / 1024 / 1024);
}

function markdown(figures) {
  const rows = [
    ['documents', figures.documents],
    ['generate into a data directory, s', figures.generate.seconds],
    ['generate, documents per s', figures.generate.documentsPerSecond],
    ['generate, CPU s', figures.generate.cpuSeconds],
    ['generate into a file, s', figures.generateFile.seconds],
    ['source, MiB', figures.sourceMebibytes],
    ['import, s', figures.import.seconds],
    ['import, documents per s', figures.import.documentsPerSecond],
    ['import, CPU s', figures.import.cpuSeconds],
    ['import, peak memory, MiB', figures.import.peakMebibytes],
    ['data directory, MiB', figures.dataMebibytes],
    ['start until the home page answers, ms', figures.serve.startMilliseconds],
    ['resident memory after start, MiB', figures.serve.residentAfterStartMebibytes],
    [`resident memory after ${readRequests} requests, MiB`, figures.serve.residentAfterReadingMebibytes],
  ];
  return ['| with generated documents | figure |', '| --- | ---: |', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n');
}
