import {
  type CloudCall,
  type CloudDouble,
  type CloudReply,
  jsonReply,
  startCloudDouble,
} from './cloud-listener.ts';

export interface AzureCloudOptions {
  /** An application at Entra, with its secret or the assertion it is known by. */
  readonly application?: {
    readonly tenantId: string;
    readonly clientId: string;
    readonly secret?: string;
    readonly assertion?: () => string;
  };
  /** The client of the machine's identity. */
  readonly machine?: string;
  /** The only audience whose tokens registries take. */
  readonly audience?: string;
  /** In milliseconds since the epoch. */
  readonly now?: () => number;
}

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const AUDIENCES = ['https://containerregistry.azure.net', 'https://management.azure.com'];
const REFRESH_SECONDS = 3 * 3600;

/** Entra, the metadata server of machines, and the token exchange of every registry. */
export async function startAzureCloud(options: AzureCloudOptions): Promise<CloudDouble> {
  return await startCloudDouble((call) => {
    if (call.host === '169.254.169.254') return metadata(call, options);
    if (call.url.pathname === '/oauth2/exchange') return exchange(call, options);
    return entra(call, options);
  });
}

function entra({ method, host, url, headers, body }: CloudCall, options: AzureCloudOptions): CloudReply {
  const [, tenant, path] = /^\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
  const { application } = options;
  if (application === undefined || tenant !== application.tenantId) {
    return entraError(400, 'invalid_request', `AADSTS90002: Tenant '${tenant}' not found.`);
  }
  const issuer = `https://${host}/${tenant}`;
  if (method === 'GET' && path === 'v2.0/.well-known/openid-configuration') {
    return jsonReply(200, {
      issuer: `${issuer}/v2.0`,
      authorization_endpoint: `${issuer}/oauth2/v2.0/authorize`,
      token_endpoint: `${issuer}/oauth2/v2.0/token`,
      jwks_uri: `${issuer}/discovery/v2.0/keys`,
    });
  }
  const isForm = headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') === true;
  if (method !== 'POST' || path !== 'oauth2/v2.0/token' || !isForm) return { status: 404, body: '' };
  const form = new URLSearchParams(body);
  const isSecret = application.secret !== undefined && form.get('client_secret') === application.secret;
  const isAsserted =
    application.assertion !== undefined &&
    form.get('client_assertion_type') === ASSERTION_TYPE &&
    form.get('client_assertion') === application.assertion();
  if (form.get('client_id') !== application.clientId || form.get('grant_type') !== 'client_credentials') {
    return entraError(400, 'unauthorized_client', 'AADSTS700016: Application was not found.');
  }
  if (!isSecret && !isAsserted) {
    const given = form.get('client_secret') ?? form.get('client_assertion');
    return entraError(401, 'invalid_client', `AADSTS7000215: Invalid client secret provided: ${given}.`);
  }
  const audience =
    form
      .get('scope')
      ?.split(' ')[0]
      ?.replace(/\/\.default$/, '') ?? '';
  if (!AUDIENCES.includes(audience)) {
    return entraError(400, 'invalid_resource', `AADSTS500011: The resource ${audience} was not found.`);
  }
  return jsonReply(200, { token_type: 'Bearer', expires_in: 3600, access_token: entraToken(audience) });
}

function metadata({ method, url, headers }: CloudCall, options: AzureCloudOptions): CloudReply {
  const { machine, now = Date.now } = options;
  const query = url.searchParams;
  if (method !== 'GET' || url.pathname !== '/metadata/identity/oauth2/token')
    return { status: 404, body: '' };
  if (headers.get('metadata')?.toLowerCase() !== 'true' || query.get('api-version') !== '2018-02-01') {
    return jsonReply(400, {
      error: 'invalid_request',
      error_description: 'Required metadata header missing',
    });
  }
  const resource = (query.get('resource') ?? '').replace(/\/$/, '');
  if (machine === undefined || query.get('client_id') !== machine || !AUDIENCES.includes(resource)) {
    return jsonReply(400, { error: 'invalid_request', error_description: 'Identity not found' });
  }
  return jsonReply(200, {
    access_token: entraToken(resource),
    client_id: machine,
    expires_in: '3600',
    expires_on: String(Math.floor(now() / 1000) + 3600),
    resource,
    token_type: 'Bearer',
  });
}

function exchange({ method, host, headers, body }: CloudCall, options: AzureCloudOptions): CloudReply {
  const { audience = AUDIENCES[0] ?? '', application, now = Date.now } = options;
  const form = Object.fromEntries(new URLSearchParams(body));
  const isForm = headers.get('content-type') === 'application/x-www-form-urlencoded';
  const tenant = application?.tenantId;
  const { access_token, ...rest } = form;
  const wanted = { grant_type: 'access_token', service: host, ...(tenant === undefined ? {} : { tenant }) };
  if (method !== 'POST' || !isForm || JSON.stringify(rest) !== JSON.stringify(wanted)) {
    return acrError(400, 'the form is not that of a token exchange');
  }
  if (access_token !== entraToken(audience)) {
    return acrError(401, `authentication required, not with ${access_token}`);
  }
  const claims = { sub: host, exp: Math.floor(now() / 1000) + REFRESH_SECONDS };
  return jsonReply(200, { refresh_token: jwt(claims) });
}

function entraToken(audience: string): string {
  return jwt({ aud: audience });
}

/** What a token of Azure looks like; nothing here looks at its signature. */
function jwt(claims: object): string {
  return `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function entraError(status: number, error: string, error_description: string): CloudReply {
  return jsonReply(status, { error, error_description });
}

function acrError(status: number, message: string): CloudReply {
  return jsonReply(status, { errors: [{ code: 'UNAUTHORIZED', message }] });
}
