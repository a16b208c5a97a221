import assert from 'node:assert/strict';
import {
  type ApiCaseContext,
  assertFailure,
  assertStatus,
  createPods,
  get,
  list,
  names,
  podsPath,
  told,
  watchPath,
} from './protocol.ts';

const TOO_OLD_PAGE =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** What a server says of versions that it has forgotten; `forget` makes it, and ends every connection. */
export async function runExpiry(context: ApiCaseContext, forget: () => Promise<void>): Promise<void> {
  const { client } = context;
  const path = podsPath(context);
  await createPods(context, ['a', 'b', 'c']);
  const page = await list(client, path, { limit: '1' });
  const { resourceVersion = '', continue: token = '' } = page.metadata;
  await createPods(context, ['bb']);
  const ended = client
    .watch(watchPath(path, { resourceVersion }), () => false)
    .then(({ status }) => status === 200)
    // To break off is to end, too.
    .catch(() => true);
  await forget();
  assert.ok(await ended);

  const expired = await get(client, path, { limit: '1', continue: token });
  const { metadata, ...rest } = JSON.parse(expired.text);
  assert.equal(expired.status, 410);
  assertStatus({ ...rest, metadata: {} }, { code: 410, reason: 'Expired', message: TOO_OLD_PAGE });
  const inconsistent = await list(client, path, { continue: metadata.continue });
  assert.deepEqual(names(inconsistent), ['b', 'bb', 'c']);
  assert.ok(Number(inconsistent.metadata.resourceVersion) > Number(resourceVersion));

  for (const query of [{ resourceVersionMatch: 'Exact' }, { limit: '1' }]) {
    assertFailure(await get(client, path, { resourceVersion, ...query }), {
      code: 410,
      reason: 'Expired',
      message: 'The resourceVersion for the provided list is too old.',
    });
  }
  assert.equal((await list(client, path, { resourceVersion })).items?.length, 4);

  const { status, events } = await client.watch(watchPath(path, { resourceVersion }), () => false);
  assert.deepEqual([status, told(events)], [200, ['ERROR']]);
  const oldest = /\((\d+)\)$/.exec(events[0]?.object.message ?? '')?.[1];
  assertStatus(events[0]?.object, {
    code: 410,
    reason: 'Expired',
    message: `too old resource version: ${resourceVersion} (${oldest})`,
  });
}
