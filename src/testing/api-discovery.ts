import { API_RESOURCES, type ApiResource, groupVersion } from './api-resources.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** What `/version` says. */
export const API_VERSION = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.3',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'gc',
  platform: 'linux/amd64',
};

/** Which groups, versions and resources there are, for `/api`, `/apis` and below; undefined for what is not there. */
export function discovery(pathname: string): unknown {
  const path = pathname.replace(/\/$/, '');
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  const groups = [...new Set(API_RESOURCES.map(({ group }) => group))].filter((group) => group !== '');
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupOf) };
  const group = groups.find((one) => path === `/apis/${one}`);
  if (group !== undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
  const resources = API_RESOURCES.filter((one) => path === rootOf(one));
  const [first] = resources;
  if (!first) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion(first),
    resources: resources.map(({ name, kind, namespaced }) => ({
      name,
      singularName: kind.toLowerCase(),
      namespaced,
      kind,
      verbs: VERBS,
    })),
  };
}

function groupOf(name: string): object {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function rootOf(resource: ApiResource): string {
  return `${resource.group === '' ? '/api' : '/apis'}/${groupVersion(resource)}`;
}
