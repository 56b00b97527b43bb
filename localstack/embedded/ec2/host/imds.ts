import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../../http/listen.ts';
import type { Instance } from '../instance.ts';

export interface MetadataService {
  /** What `AWS_EC2_METADATA_SERVICE_ENDPOINT` is set to. */
  readonly url: string;
  close(): Promise<void>;
}

const TOKEN_TTL_MAX_S = 21_600;

/** The instance metadata service (IMDSv2 only) of one instance, on a loopback port of its own. */
export async function startMetadataService(instance: Instance): Promise<MetadataService> {
  const tokens = new Map<string, number>();

  function answer(request: IncomingMessage): Answer {
    if (request.url === '/latest/api/token') return issueToken(request, tokens);
    const expiry = tokens.get(String(request.headers['x-aws-ec2-metadata-token']));
    if (expiry === undefined || expiry < Date.now()) return { status: 401 };
    if (request.method !== 'GET') return { status: 405 };
    const path = (request.url ?? '').replace(/^\/latest\//, '').replace(/\/$/, '');
    const body = metadata(instance, decodeURIComponent(path));
    return body === undefined ? { status: 404 } : { status: 200, body };
  }

  return await listen((request, response) => send(response, answer(request)));
}

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function issueToken(request: IncomingMessage, tokens: Map<string, number>): Answer {
  const ttlS = Number(request.headers['x-aws-ec2-metadata-token-ttl-seconds']);
  if (request.method !== 'PUT') return { status: 405 };
  if (!(ttlS >= 1 && ttlS <= TOKEN_TTL_MAX_S)) return { status: 400 };
  const token = randomBytes(24).toString('base64url');
  tokens.set(token, Date.now() + ttlS * 1000);
  return { status: 200, body: token, headers: { 'x-aws-ec2-metadata-token-ttl-seconds': String(ttlS) } };
}

/** The document at a path below `latest/`; undefined is a 404, which for `spot/instance-action` means no notice. */
function metadata(instance: Instance, path: string): string | undefined {
  const action = instance.interruptAt;
  const tags = instance.metadataTags ? instance.currentTags : undefined;
  switch (path) {
    case 'meta-data/instance-id':
      return instance.id;
    case 'meta-data/instance-type':
      return instance.type;
    case 'meta-data/instance-life-cycle':
      return instance.market;
    case 'meta-data/ami-id':
      return instance.imageId;
    case 'meta-data/local-ipv4':
      return '127.0.0.1';
    case 'meta-data/placement/availability-zone':
      return instance.zone;
    case 'meta-data/placement/region':
      return instance.zone.slice(0, -1);
    case 'meta-data/tags/instance':
      return tags === undefined ? undefined : [...tags.keys()].join('\n');
    case 'meta-data/spot/instance-action':
      return action === undefined ? undefined : JSON.stringify({ action: 'terminate', time: seconds(action) });
    case 'meta-data/spot/termination-time':
      return action === undefined ? undefined : seconds(action);
    case 'user-data':
      return instance.userData && Buffer.from(instance.userData, 'base64').toString('utf8');
    default:
      return tags?.get(/^meta-data\/tags\/instance\/(.+)$/.exec(path)?.[1] ?? '');
  }
}

const seconds = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

function send(response: ServerResponse, { status, body = '', headers = {} }: Answer): void {
  response.writeHead(status, { 'content-type': 'text/plain', ...headers });
  response.end(body);
}
