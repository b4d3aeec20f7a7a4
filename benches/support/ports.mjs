// Free ports on the loopback, and waiting until something listens on one.

import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Milliseconds until the address answers with 200; gives up when `stillRuns` says no or the time is over. */
export async function millisecondsUntilAnswer(url, stillRuns, limit = 120_000) {
  const started = performance.now();
  while (performance.now() - started < limit) {
    if (!stillRuns()) throw new Error(`the server for ${url} ended`);
    const status = await fetch(url).then((response) => response.arrayBuffer().then(() => response.status), () => 0);
    if (status === 200) return Math.round(performance.now() - started);
    await sleep(5);
  }
  throw new Error(`${url} did not answer with 200 within ${limit} ms`);
}
