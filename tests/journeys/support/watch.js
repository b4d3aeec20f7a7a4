// Watches every page of a context for what a user would not see but a developer must: script errors, refusals of the
// content policy, answers with a server error, and any request that leaves the demonstration.

/** Returns the list to which what is seen will be added. */
export function watch(context, demo) {
  const seen = [];
  const own = new Set([new URL(demo.public).origin, new URL(demo.desk).origin]);

  context.on('weberror', (error) => seen.push(`script error: ${error.error().message}`));
  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Chromium also logs each 4xx answer here; a journey may ask for a page that is refused, and says so itself.
    if (message.text().startsWith('Failed to load resource: the server responded with a status of 4')) return;
    seen.push(`console: ${message.text()}`);
  });
  context.on('response', (response) => {
    if (response.status() >= 500) seen.push(`${response.status()} from ${response.url()}`);
  });
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isRemote = url.protocol === 'http:' || url.protocol === 'https:';
    if (isRemote && !own.has(url.origin)) seen.push(`a request left for ${url.origin}`);
  });
  return seen;
}
