import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CloudHost, cloudHost } from './cloud-host.ts';

const ACCOUNT = '123456789012';

function ecr(region: string, api: string): CloudHost {
  return { cloud: 'ecr', account: ACCOUNT, region, api };
}

describe('hosts of clouds', () => {
  const cases: Readonly<Record<string, CloudHost>> = {
    [`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`]: ecr('eu-west-1', 'api.ecr.eu-west-1.amazonaws.com'),
    [`${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com:443`]: ecr('eu-west-1', 'api.ecr.eu-west-1.amazonaws.com'),
    [`${ACCOUNT}.DKR.ECR.EU-West-1.amazonaws.com`]: ecr('eu-west-1', 'api.ecr.eu-west-1.amazonaws.com'),
    [`${ACCOUNT}.dkr.ecr-fips.us-east-1.amazonaws.com`]: ecr(
      'us-east-1',
      'api.ecr-fips.us-east-1.amazonaws.com',
    ),
    [`${ACCOUNT}.dkr-ecr.us-west-2.on.aws`]: ecr('us-west-2', 'api.ecr.us-west-2.amazonaws.com'),
    [`${ACCOUNT}.dkr-ecr-fips.us-gov-west-1.on.aws`]: ecr(
      'us-gov-west-1',
      'api.ecr-fips.us-gov-west-1.amazonaws.com',
    ),
    [`${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`]: ecr(
      'cn-north-1',
      'api.ecr.cn-north-1.amazonaws.com.cn',
    ),
    [`${ACCOUNT}.dkr-ecr.cn-northwest-1.on.amazonwebservices.com.cn`]: ecr(
      'cn-northwest-1',
      'api.ecr.cn-northwest-1.amazonaws.com.cn',
    ),
    [`${ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu`]: ecr(
      'eusc-de-east-1',
      'api.ecr.eusc-de-east-1.amazonaws.eu',
    ),
    [`${ACCOUNT}.dkr.ecr.us-iso-east-1.c2s.ic.gov`]: ecr('us-iso-east-1', 'api.ecr.us-iso-east-1.c2s.ic.gov'),
    [`${ACCOUNT}.dkr.ecr.us-isob-east-1.sc2s.sgov.gov`]: ecr(
      'us-isob-east-1',
      'api.ecr.us-isob-east-1.sc2s.sgov.gov',
    ),
    [`${ACCOUNT}.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk`]: ecr(
      'eu-isoe-west-1',
      'api.ecr.eu-isoe-west-1.cloud.adc-e.uk',
    ),
    [`${ACCOUNT}.dkr.ecr.us-isof-south-1.csp.hci.ic.gov`]: ecr(
      'us-isof-south-1',
      'api.ecr.us-isof-south-1.csp.hci.ic.gov',
    ),
    'public.ecr.aws': { cloud: 'ecr-public' },
    'ecr-public.aws.com': { cloud: 'ecr-public' },
    'gcr.io': { cloud: 'google' },
    'eu.gcr.io': { cloud: 'google' },
    'europe-west1-docker.pkg.dev': { cloud: 'google' },
    'my.azurecr.io': { cloud: 'acr', host: 'my.azurecr.io', domain: 'io' },
    'MY.azurecr.io:443': { cloud: 'acr', host: 'my.azurecr.io', domain: 'io' },
    'my.westeurope.data.azurecr.io': { cloud: 'acr', host: 'my.westeurope.data.azurecr.io', domain: 'io' },
    'my.azurecr.cn': { cloud: 'acr', host: 'my.azurecr.cn', domain: 'cn' },
    'my.azurecr.us': { cloud: 'acr', host: 'my.azurecr.us', domain: 'us' },
    'my.azurecr.de': { cloud: 'acr', host: 'my.azurecr.de', domain: 'de' },
  };
  for (const [host, expected] of Object.entries(cases)) {
    test(host, () => assert.deepEqual(cloudHost(host), expected));
  }
});

const GENUINE = [
  `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`,
  `${ACCOUNT}.dkr-ecr.us-west-2.on.aws`,
  'public.ecr.aws',
  'gcr.io',
  'eu.gcr.io',
  'europe-docker.pkg.dev',
  'my.azurecr.io',
];

describe('hosts that only look like it', () => {
  const hostile = [
    'x.azurecr.io.evil.example',
    'evilgcr.io',
    'gcr.io.evil.example',
    'xpkg.dev',
    'pkg.dev',
    'azurecr.io',
    '.azurecr.io',
    'a..azurecr.io',
    'xazurecr.io',
    'my.azurecr.com',
    'my.azurecrxio',
    'mcr.microsoft.com',
    'google.com',
    'docker.io',
    'public.ecr.aws.evil.example',
    'evilpublic.ecr.aws',
    'x.public.ecr.aws',
    'localhost',
    '[::1]:443',
    '127.0.0.1:443',
    'gcr.io:80',
    'gcr.io:4430',
    'gcr.io:0443',
    'gcr.io:',
    'gcr.io.',
    'gcr.io\n',
    'gcr.io/evil.example',
    'evil.example/gcr.io',
    'user@gcr.io',
    'evil.example#.gcr.io',
    'evil.example?.gcr.io',
    '[gcr.io]',
    '[gcr.io]:443',
    '12345678901.dkr.ecr.eu-west-1.amazonaws.com',
    '1234567890123.dkr.ecr.eu-west-1.amazonaws.com',
    `x${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`,
    `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.evil.example`,
    `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.org`,
    `${ACCOUNT}.dkr.ecr.eu-west-1.evil.example.amazonaws.com`,
    `${ACCOUNT}.dkr.ecr.s3.amazonaws.com`,
    `${ACCOUNT}.dkr.ecr.s3-eu-west-1.amazonaws.com`,
    `${ACCOUNT}.dkrxecr.eu-west-1.amazonaws.com`,
    `${ACCOUNT}.dkr.ecr..amazonaws.com`,
  ];
  for (const host of hostile) test(JSON.stringify(host), () => assert.equal(cloudHost(host), undefined));

  test('nothing before, behind or in a genuine host goes unnoticed', () => {
    const genuine = fc.constantFrom(...GENUINE);
    const label = fc.stringMatching(/^[a-z0-9-]{1,10}$/);
    fc.assert(
      fc.property(genuine, label, (host, text) => {
        assert.equal(cloudHost(`${host}.${text}.example`), undefined);
        assert.equal(cloudHost(`${host}${text}`)?.cloud === undefined, true);
        assert.equal(cloudHost(host.replaceAll('.', `.${text}x.example.`)), undefined);
        assert.equal(cloudHost(host.replaceAll('.', 'x')), undefined);
      }),
    );
  });

  test('no port but 443', () => {
    fc.assert(
      fc.property(fc.constantFrom(...GENUINE), fc.integer({ min: 0, max: 70_000 }), (host, port) => {
        assert.equal(cloudHost(`${host}:${port}`) !== undefined, port === 443);
      }),
    );
  });

  test('what is taken is a host that URL reads as the same', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9.@#?/:\\-]{0,12}$/), (text) => {
        for (const suffix of ['gcr.io', 'azurecr.io', 'pkg.dev']) {
          const host = `${text}${suffix}`;
          if (cloudHost(host) === undefined) continue;
          const read = new URL(`https://${host}/v2/`);
          assert.ok(read.host === host && read.hostname.endsWith(suffix), host);
        }
      }),
    );
  });
});
