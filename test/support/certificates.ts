import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOk } from './processes.ts';

/** PEM texts of an authority, of a server at 127.0.0.1 and localhost, and of a client. */
export interface Certificates {
  readonly ca: string;
  readonly server: { readonly key: string; readonly cert: string };
  readonly client: { readonly key: string; readonly cert: string };
}

/** Makes an authority and what it vouches for, for a day. */
export async function makeCertificates(openssl: string): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'tallyman-certificates-'));
  try {
    const file = (name: string): string => join(folder, name);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const make = async (args: readonly string[]): Promise<void> => void (await runOk(openssl, args));
    await make([
      'req',
      '-x509',
      ...key,
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.crt'),
      '-subj',
      '/CN=test authority',
      '-days',
      '1',
    ]);
    await writeFile(
      file('names'),
      'subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:registry.test,DNS:*.googleapis.com\n',
    );
    const issue = async (name: string): Promise<{ key: string; cert: string }> => {
      await make([
        'req',
        ...key,
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.csr`),
        '-subj',
        `/CN=${name}`,
      ]);
      await make([
        'x509',
        '-req',
        '-in',
        file(`${name}.csr`),
        '-CA',
        file('ca.crt'),
        '-CAkey',
        file('ca.key'),
        '-CAcreateserial',
        '-out',
        file(`${name}.crt`),
        '-days',
        '1',
        '-extfile',
        file('names'),
      ]);
      return {
        key: await readFile(file(`${name}.key`), 'utf8'),
        cert: await readFile(file(`${name}.crt`), 'utf8'),
      };
    };
    const [server, client] = [await issue('server'), await issue('client')];
    return { ca: await readFile(file('ca.crt'), 'utf8'), server, client };
  } finally {
    await rm(folder, { recursive: true });
  }
}
