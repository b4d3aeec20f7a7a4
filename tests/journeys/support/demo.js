// Starts `gongkai demo` on an empty directory and free ports, and tells where it listens and whom it lets in.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const defaultProgram = join(repository, 'target/debug/gongkai');

// Filling a fresh demonstration takes seconds on a quiet machine; a loaded one gets patience, not a failure.
const readyWithinMilliseconds = 300_000;
const stopWithinMilliseconds = 15_000;
const keptLogLines = 200;

/**
 * Starts the demonstration and resolves when it says that it is ready.
 *
 * @returns {Promise<{public: string, desk: string, links: {role: string, unit: string, url: string}[],
 *   pid: number, log: () => string, now: () => number, stop: () => Promise<void>}>}
 */
export async function startDemo(program = process.env.GONGKAI_PROGRAM ?? defaultProgram) {
  if (!existsSync(program)) {
    throw new Error(`${program} is missing; build it with: cargo build -p gongkai`);
  }
  // The keyring stands beside the data directory, so that both go with the folder around them.
  const folder = await mkdtemp(join(tmpdir(), 'gongkai-demo-'));
  const data = join(folder, 'data');
  const port = await freePort();
  const child = spawn(program, ['demo', '--data', data, '--listen', `127.0.0.1:${port}`, '--format', 'json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = keepLastLines(child.stderr);
  try {
    const announcement = await readAnnouncement(child, log);
    // The demonstration's clock stands in the past; an authenticator app of a journey has to show that time's codes.
    const behindSeconds = JSON.parse(await readFile(join(data, 'demo.json'), 'utf8'));
    const now = () => Date.now() - behindSeconds * 1000;
    return { ...announcement, pid: child.pid, log, now, stop: () => stop(child, folder, log) };
  } catch (error) {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function readAnnouncement(child, log) {
  const lines = createInterface({ input: child.stdout });
  let timer;
  const tooLate = new Promise((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`the demonstration was not ready in ${readyWithinMilliseconds} ms\n${log()}`)),
      readyWithinMilliseconds,
    );
  });
  const gone = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`the demonstration ended (${signal ?? code}) before it was ready\n${log()}`);
  });
  // When the announcement wins the race the process may end later, on purpose; nobody listens to this promise then.
  gone.catch(() => {});
  const line = once(lines, 'line').then(([text]) => text);
  try {
    const announcement = parseAnnouncement(await Promise.race([line, tooLate, gone]));
    // Later lines are not for us, but an unread pipe would stop the program when it is full.
    child.stdout.resume();
    return announcement;
  } finally {
    clearTimeout(timer);
  }
}

function parseAnnouncement(line) {
  let announcement;
  try {
    announcement = JSON.parse(line);
  } catch {
    throw new Error(`the first line of gongkai demo --format json is not JSON: ${line}`);
  }
  if (typeof announcement.public !== 'string' || typeof announcement.desk !== 'string') {
    throw new Error(`the announcement names no public or desk address: ${line}`);
  }
  if (!Array.isArray(announcement.links) || announcement.links.length === 0) {
    throw new Error(`the announcement has no sign-in links: ${line}`);
  }
  return announcement;
}

/** Ends the program as an administrator would and complains when it does not end well. */
async function stop(child, folder, log) {
  try {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(`the demonstration had ended by itself (${child.signalCode ?? child.exitCode})\n${log()}`);
    }
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMilliseconds);
    const [code, signal] = await exit;
    clearTimeout(timer);
    if (code !== 0) throw new Error(`the demonstration did not stop cleanly (${signal ?? code})\n${log()}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function keepLastLines(stream) {
  const kept = [];
  createInterface({ input: stream }).on('line', (line) => {
    kept.push(line);
    if (kept.length > keptLogLines) kept.shift();
  });
  return () => kept.join('\n');
}

// The desk may take the port after the public one, so both must be free.
async function freePort() {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if ((await isFree(port)) && (await isFree(port + 1))) return port;
  }
  throw new Error('no two neighbouring free ports were found');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
