import { setTimeout as delay } from 'node:timers/promises';

/** The instance metadata service, version 2 only, at its usual address or where the environment says. */
export interface InstanceMetadata {
  /** The document at a path below `latest/meta-data/`; undefined where there is none. */
  get(path: string): Promise<string | undefined>;
  /** `name` as it is: keys that metadata can show have nothing that a path would have to escape. */
  tag(name: string): Promise<string | undefined>;
  /** True for the address that EC2 gives it, which every program of the host can reach unless it is kept from it. */
  readonly isLinkLocal: boolean;
}

const TOKEN_TTL_S = 21_600;
/** It answers within the host; a silence means that there is none. */
const TIMEOUT_MS = 2_000;
const ATTEMPTS = 5;
const PAUSE_MS = 200;

/** A client that fetches a session token when it needs one. Rejects after a few attempts if nothing answers. */
export function instanceMetadata(endpoint = process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT): InstanceMetadata {
  const isLinkLocal = endpoint === undefined || /^http:\/\/(169\.254\.|\[fd00:ec2:)/i.test(endpoint);
  const base = `${(endpoint ?? 'http://169.254.169.254').replace(/\/$/, '')}/latest`;
  let token: string | undefined;

  const ask = async (path: string, init: RequestInit): Promise<Response> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await fetch(`${base}/${path}`, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
      } catch (cause) {
        if (attempt === ATTEMPTS) throw new Error(`no answer from the instance metadata service at ${base}`, { cause });
        await delay(PAUSE_MS);
      }
    }
  };
  const newToken = async (): Promise<string> => {
    const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': String(TOKEN_TTL_S) };
    const answer = await ask('api/token', { method: 'PUT', headers });
    if (!answer.ok) throw new Error(`the instance metadata service refused a session token: ${answer.status}`);
    return await answer.text();
  };
  const get = async (path: string): Promise<string | undefined> => {
    token ??= await newToken();
    const answer = await ask(`meta-data/${path}`, { headers: { 'x-aws-ec2-metadata-token': token } });
    if (answer.ok) return await answer.text();
    await answer.body?.cancel();
    if (answer.status === 404) return undefined;
    // An expired token is forgotten, so that the next question brings a new one.
    token = undefined;
    throw new Error(`the instance metadata service answered ${answer.status} for ${path}`);
  };
  return { isLinkLocal, get, tag: (name) => get(`tags/instance/${name}`) };
}
