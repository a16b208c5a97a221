import { Digester } from '../oci/index.ts';
import { ContentError, RegistryError, type RegistryErrorParts } from './errors.ts';
import type { Answer } from './exchange.ts';
import type { Origin } from './origin.ts';
import { type BlobDescriptor, openBlob } from './pull.ts';
import { reasonOf } from './reason.ts';
import { backOff, judgeFailure } from './retry.ts';

/**
 * Reads a blob piece by piece, going on where a cut connection left off, and verifies length and digest:
 * the last piece comes only when all are right. Throws `RegistryError`.
 */
export async function* readBlob(
  origin: Origin,
  descriptor: BlobDescriptor,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const { digest, size } = descriptor;
  const digester = new Digester(digest);
  const fail = (reason: string, more: Pick<RegistryErrorParts, 'cause' | 'kind'> = {}): RegistryError =>
    new RegistryError({ ...origin, operation: `read blob ${digest}`, reason, ...more });
  let held: Buffer | undefined;
  let length = 0;
  let tries = 0;
  while (length < size || held === undefined) {
    const answer = await openBlob(origin, descriptor, length, signal);
    if (!answer) throw fail('the registry does not have it', { kind: 'not_found' });
    const before = length;
    let ended = false;
    try {
      for await (const chunk of from(answer, length)) {
        length += chunk.byteLength;
        if (length > size) throw fail(`it has ${length} bytes or more where its descriptor says ${size}`);
        digester.update(chunk);
        if (held) yield held;
        held = chunk;
      }
      ended = true;
      held ??= Buffer.alloc(0);
    } catch (cause) {
      answer.body.destroy();
      signal.throwIfAborted();
      if (cause instanceof RegistryError) throw cause;
      if (judgeFailure(cause) === 'final') throw fail(reasonOf(cause), { cause });
    }
    if (length === size) break;
    if (ended && tellsItsEnd(answer)) throw fail(`it has ${length} bytes where its descriptor says ${size}`);
    tries = length > before ? 1 : tries + 1;
    if (tries >= origin.host.persistence.pace.tries) {
      const reason = `the connection was cut after ${length} of ${size} bytes`;
      throw fail(reason, { kind: 'unavailable' });
    }
    await origin.host.persistence.clock.sleep(backOff(tries, origin.host.persistence.random), signal);
  }
  const actual = digester.finish();
  if (actual !== digest)
    throw fail(`its content has the digest ${actual}`, { cause: new ContentError(actual) });
  if (held) yield held;
}

/** An answer without either ends with its connection, and then an end cannot be told from a cut. */
function tellsItsEnd({ headers }: Answer): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/** The bytes from `offset` on, also where a server ignored the range and began anew. */
async function* from(answer: Answer, offset: number): AsyncGenerator<Buffer, void, void> {
  let skip = answer.status === 206 ? 0 : offset;
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    if (skip >= chunk.byteLength) {
      skip -= chunk.byteLength;
    } else {
      yield skip === 0 ? chunk : chunk.subarray(skip);
      skip = 0;
    }
  }
}
