/** What a request does, as an infinitive: `list pods of namespace "web"`, `watch cronjobs`, `read secrets "web/hub"`. */
export function operationOf(verb: 'get' | 'watch', path: string): string {
  const match = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?$/.exec(
    path,
  );
  if (match === null) return `${verb === 'watch' ? 'watch' : 'read'} ${path}`;
  const [, namespace, resource = '', name] = match;
  if (name !== undefined)
    return `${verb === 'watch' ? 'watch' : 'read'} ${resource} "${namespace === undefined ? name : `${namespace}/${name}`}"`;
  const place = namespace === undefined ? '' : ` of namespace "${namespace}"`;
  return `${verb === 'watch' ? 'watch' : 'list'} ${resource}${place}`;
}
