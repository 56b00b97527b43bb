import { randomBytes } from 'node:crypto';
import { ACCOUNT } from '../template/account.ts';
import { type BusEvent, newEvent } from './event.ts';

export interface CreatedObject {
  readonly bucket: string;
  readonly key: string;
  readonly sizeBytes: number;
  /** Without quotes. */
  readonly etag: string;
  /** Operation that made it, e.g. `PutObject`. */
  readonly reason: string;
}

/** Later events of one key compare greater, as strings. */
let sequence = BigInt(Date.now()) << 20n;

/** The event that S3 sends to EventBridge for a new object. */
export function objectCreated({ bucket, key, sizeBytes, etag, reason }: CreatedObject): BusEvent {
  sequence += 1n;
  return newEvent({
    source: 'aws.s3',
    detailType: 'Object Created',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: sizeBytes, etag, sequencer: sequence.toString(16).toUpperCase().padStart(18, '0') },
      'request-id': randomBytes(8).toString('hex').toUpperCase(),
      requester: ACCOUNT,
      'source-ip-address': '127.0.0.1',
      reason,
    },
  });
}
