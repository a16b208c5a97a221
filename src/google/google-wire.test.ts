import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Certificates, makeCertificates } from '../../test/support/certificates.ts';
import { QuickClock } from '../../test/support/client.ts';
import { runOk } from '../../test/support/processes.ts';
import { doWithout, findTool } from '../../test/support/tools.ts';
import { googleTokens } from '../credentials/index.ts';
import { fakeEnvironment } from '../http/fake-environment.ts';
import {
  type GoogleApis,
  type GoogleApisOptions,
  type GoogleCall,
  startGoogleApis,
} from '../testing/index.ts';
import { createGoogleApi } from './create-google-api.ts';
import type { GoogleApi } from './google-api.ts';
import { httpsTransport, readText } from './google-transport.ts';

const USER = { clientId: 'id', clientSecret: 's', refreshToken: '1//r' };
const LOGIN = JSON.stringify({
  type: 'authorized_user',
  client_id: USER.clientId,
  client_secret: USER.clientSecret,
  refresh_token: USER.refreshToken,
  quota_project_id: 'payer',
});
const HOST = 'cloudkms.googleapis.com';
const URL_OF_KEY = new URL(`https://${HOST}/v1/projects/p`);
const NEVER = new AbortController().signal;

let certificates: Certificates | undefined;
before(async () => {
  const openssl = await findTool('openssl');
  if (openssl !== undefined) certificates = await makeCertificates(openssl);
});

interface Wire {
  readonly apis: GoogleApis;
  readonly api: GoogleApi;
  readonly seen: GoogleCall[];
}

async function start(
  { ca, server }: Certificates,
  options: Pick<GoogleApisOptions, 'roundTripMs'> & {
    readonly atOnce?: number;
    readonly isTrusted?: boolean;
  } = {},
): Promise<Wire> {
  const { atOnce = 64, isTrusted = true, ...rest } = options;
  const seen: GoogleCall[] = [];
  const apis = await startGoogleApis({
    tls: server,
    identities: { user: USER },
    handlers: {
      [HOST]: (call) => {
        seen.push(call);
        return { status: 200, body: { calls: seen.length } };
      },
    },
    ...rest,
  });
  const variables = { HTTPS_PROXY: apis.proxyUrl };
  const environment = fakeEnvironment({
    variables,
    files: { '/home/me/.config/gcloud/application_default_credentials.json': LOGIN },
  });
  const clock = new QuickClock(Date.now());
  const authorities = isTrusted ? { authorities: () => [ca] } : {};
  const transport = httpsTransport({ environment, atOnce, ...authorities });
  const tokens = googleTokens({
    environment,
    clock,
    transport: async ({ body, ...request }) => {
      const { status, text } = await httpsTransport({ environment, atOnce: 1, authorities: () => [ca] })(
        { ...request, body: body === undefined ? undefined : body.toString() },
        NEVER,
      );
      return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(text) };
    },
  });
  return { apis, seen, api: createGoogleApi({ environment, clock, atOnce, tokens, transport }) };
}

function wireTest(
  name: string,
  options: Parameters<typeof start>[1],
  work: (wire: Wire) => Promise<void>,
): void {
  test(name, async (t) => {
    if (certificates === undefined) {
      doWithout(t, 'openssl is not installed', process.env);
      return;
    }
    const wire = await start(certificates, options);
    try {
      await work(wire);
    } finally {
      await wire.apis.stop();
    }
  });
}

describe('over TLS and a proxy', () => {
  wireTest('one token and one connection serve what comes in turn', {}, async ({ api, apis, seen }) => {
    for (const calls of [1, 2, 3]) {
      const body = { text: 'ä' };
      const answer = await api.call({ method: 'POST', url: URL_OF_KEY, body }, NEVER);
      assert.deepEqual(answer, { calls });
    }
    assert.deepEqual(
      [apis.tokensIssued, apis.connections, apis.calls.length, apis.quotaProjects],
      [1, 2, 4, ['payer', 'payer', 'payer']],
    );
    assert.deepEqual(seen[0]?.body, { text: 'ä' });
  });

  wireTest('a token that is not taken any more is replaced', {}, async ({ api, apis }) => {
    await api.call({ method: 'GET', url: URL_OF_KEY }, NEVER);
    apis.endTokens();
    const calls = [1, 2, 3].map(async () => await api.call({ method: 'GET', url: URL_OF_KEY }, NEVER));
    await Promise.all(calls);
    assert.equal(apis.tokensIssued, 2);
  });

  wireTest(
    'a connection that breaks is no failure of what can be repeated',
    {},
    async ({ api, apis, seen }) => {
      apis.fault({ instead: 'reset', times: 2 });
      await api.call({ method: 'GET', url: URL_OF_KEY }, NEVER);
      assert.equal(seen.length, 1);
      apis.fault({ instead: 'late-reset' });
      await assert.rejects(api.call({ method: 'POST', url: URL_OF_KEY, repeatable: false }, NEVER), {
        name: 'GoogleError',
        message: /^cloudkms\.googleapis\.com: /,
        httpStatus: undefined,
      });
      assert.equal(seen.length, 2);
    },
  );

  wireTest('a signal ends the wait for an answer with its reason', {}, async ({ api, apis }) => {
    apis.fault({ instead: 'hang' });
    const stop = new AbortController();
    const call = api.call({ method: 'GET', url: URL_OF_KEY }, stop.signal);
    setImmediate(() => stop.abort(new Error('stopped')));
    await assert.rejects(call, { message: 'stopped' });
  });

  wireTest('no more requests at a time than wanted', { atOnce: 3, roundTripMs: 5 }, async ({ api, apis }) => {
    const calls = Array.from({ length: 12 }, async () => {
      await api.call({ method: 'GET', url: URL_OF_KEY }, NEVER);
    });
    await Promise.all(calls);
    assert.equal(apis.maxInFlight, 3);
  });

  wireTest('no token goes to whom no authority vouches for', { isTrusted: false }, async ({ api, apis }) => {
    await assert.rejects(api.call({ method: 'GET', url: URL_OF_KEY }, NEVER), {
      name: 'GoogleError',
      message: /^cloudkms\.googleapis\.com: .*certificate/,
    });
    assert.deepEqual(apis.calls, ['POST oauth2.googleapis.com/token']);
  });
});

describe('a process', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tallyman-google-'));
  });
  after(async () => await rm(folder, { recursive: true }));

  wireTest('finds credentials, proxy and authority in its environment', {}, async ({ apis }) => {
    const [login, ca] = [join(folder, 'application_default_credentials.json'), join(folder, 'ca.pem')];
    await writeFile(login, LOGIN);
    await writeFile(ca, certificates?.ca ?? '');
    const program = `
      import { readFile } from 'node:fs/promises';
      import { createGoogleApi } from ${JSON.stringify(import.meta.resolve('./create-google-api.ts'))};
      const environment = {
        variables: process.env, home: '/nowhere', uid: 0, platform: 'linux',
        readFile: async (path) => await readFile(path, 'utf8'), readDirectory: async () => [],
      };
      const url = new URL('${URL_OF_KEY.href}');
      const answer = await createGoogleApi({ environment }).call({ method: 'GET', url }, new AbortController().signal);
      console.log(JSON.stringify(answer));`;
    const stdout = await runOk(process.execPath, ['--input-type=module', '--eval', program], {
      env: { CLOUDSDK_CONFIG: folder, HTTPS_PROXY: apis.proxyUrl, NODE_EXTRA_CA_CERTS: ca },
    });
    assert.equal(stdout, '{"calls":1}\n');
    assert.deepEqual(apis.calls, ['POST oauth2.googleapis.com/token', `GET ${HOST}/v1/projects/p`]);
  });
});

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('abc');
  yield Buffer.from('de');
}

test('an answer has a bound', async () => {
  assert.equal(await readText(pieces(), 5), 'abcde');
  await assert.rejects(readText(pieces(), 4), { message: 'the answer is longer than 4 bytes' });
});
