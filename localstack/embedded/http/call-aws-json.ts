import { send } from './send.ts';

/** An error that a service of the local cloud answered, by its short name. */
export class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** Emulators read the key id from it and check nothing else. */
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/local/aws4_request, SignedHeaders=host, Signature=0';

export interface JsonCall {
  /** Endpoint of the service. */
  readonly url: string;
  /** `<Prefix>.<Operation>` */
  readonly target: string;
  readonly input: unknown;
  readonly signal?: AbortSignal;
}

/** Calls an operation of a service that speaks AWS JSON. Throws a ServiceError for an error answer. */
export async function callAwsJson<T>({ url, target, input, signal }: JsonCall): Promise<T> {
  const response = await send(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': target,
      'x-amz-date': '20260101T000000Z',
      authorization: AUTHORIZATION,
    },
    body: JSON.stringify(input),
    ...(signal === undefined ? {} : { signal }),
  });
  const body = JSON.parse(response.body || '{}');
  if (response.status >= 200 && response.status < 300) return body as T;
  const type = String(body.__type ?? response.headers['x-amzn-errortype'] ?? 'InternalFailure');
  throw new ServiceError(type.split('#').at(-1)?.split(':')[0] ?? type, body.message ?? body.Message ?? type);
}
