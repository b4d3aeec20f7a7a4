// An identity provider for the stories: a real implementation of OpenID Connect with one client and two demonstration
// accounts (示例). Whoever signs in types the account's name and any password.
//
// node identity-provider.mjs REDIRECT_URI      prints `listening PORT` and serves until its standard input ends.
// POST /demo/rotate                            from now on answers are signed with a fresh key; the old one is gone.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

const [redirectUri] = process.argv.slice(2);
const accounts = new Map([
  ['demo-1', { preferred_username: 'shili-jia' }],
  ['demo-2', { preferred_username: 'shili-yi' }],
]);
const cookieKey = randomBytes(16).toString('hex');

function freshKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256', kid: randomBytes(8).toString('hex') };
}

function handler(issuer) {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'gongkai',
        client_secret: 'example-secret-for-stories-only',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    claims: { openid: ['sub'], profile: ['preferred_username'] },
    cookies: { keys: [cookieKey] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_, id) =>
      accounts.has(id) ? { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) } : undefined,
    jwks: { keys: [freshKey()] },
    pkce: { required: () => true },
  });
  return provider.callback();
}

let serve;
const server = createServer((request, response) => {
  if (request.method === 'POST' && request.url === '/demo/rotate') {
    serve = handler(`http://127.0.0.1:${server.address().port}`);
    response.end();
    return;
  }
  serve(request, response);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  serve = handler(`http://127.0.0.1:${port}`);
  console.log(`listening ${port}`);
});
process.stdin.on('end', () => process.exit(0)).resume();
