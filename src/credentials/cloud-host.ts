import { hostName } from '../http/index.ts';

/** A registry of a cloud, with what its host name says of it. */
export type CloudHost = EcrHost | { readonly cloud: 'ecr-public' } | { readonly cloud: 'google' } | AcrHost;

/** A private registry of Amazon ECR. */
export interface EcrHost {
  readonly cloud: 'ecr';
  /** Twelve digits. */
  readonly account: string;
  readonly region: string;
  /** Where the registry's tokens are: `api.ecr.eu-west-1.amazonaws.com`. */
  readonly api: string;
}

/** A registry of Azure. */
export interface AcrHost {
  readonly cloud: 'acr';
  /** Without a port. */
  readonly host: string;
  readonly domain: AcrDomain;
}

/** The top level domain of a registry of Azure, which tells its sovereign cloud. */
export type AcrDomain = 'io' | 'cn' | 'us' | 'de';

// The region is spelled as regions are: a looser group would also let other services of the suffix through, such as
// `s3`, below which everybody can have a name.
const ECR =
  /^(\d{12})\.dkr[.-]ecr(-fips)?\.([a-z]+(?:-[a-z]+)+-\d+)\.(amazonaws\.(?:com(?:\.cn)?|eu)|on\.aws|on\.amazonwebservices\.com\.cn|sc2s\.sgov\.gov|c2s\.ic\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$/;
const ECR_PUBLIC = ['public.ecr.aws', 'ecr-public.aws.com'];
const LABELS = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const GOOGLE = new RegExp(String.raw`^(?:gcr\.io|(?:${LABELS}\.)+(?:gcr\.io|pkg\.dev))$`);
const ACR = new RegExp(String.raw`^(?:${LABELS}\.)+azurecr\.(io|cn|us|de)$`);
/** Dual-stack suffixes, and those under which their APIs are. */
const API_SUFFIX: Readonly<Record<string, string>> = {
  'on.aws': 'amazonaws.com',
  'on.amazonwebservices.com.cn': 'amazonaws.com.cn',
};

/** Which cloud a registry (`host` or `host:443`) belongs to; the whole name has to match, any other port is not the cloud. */
export function cloudHost(registry: string): CloudHost | undefined {
  const host = hostName(registry).toLowerCase();
  if (![host, `${host}:443`].includes(registry.toLowerCase())) return undefined;
  if (ECR_PUBLIC.includes(host)) return { cloud: 'ecr-public' };
  if (GOOGLE.test(host)) return { cloud: 'google' };
  const domain = acrDomain(ACR.exec(host)?.[1]);
  if (domain !== undefined) return { cloud: 'acr', host, domain };
  const [, account, fips = '', region, suffix] = ECR.exec(host) ?? [];
  if (account === undefined || region === undefined || suffix === undefined) return undefined;
  return {
    cloud: 'ecr',
    account,
    region,
    api: `api.ecr${fips}.${region}.${API_SUFFIX[suffix] ?? suffix}`,
  };
}

function acrDomain(text: string | undefined): AcrDomain | undefined {
  return text === 'io' || text === 'cn' || text === 'us' || text === 'de' ? text : undefined;
}
