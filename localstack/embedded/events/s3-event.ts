import { randomBytes } from 'node:crypto';
import type { ObjectCreatedEvent } from '../s3/object-created.ts';
import { ACCOUNT } from '../template/account.ts';
import { type BusEvent, newEvent } from './event.ts';

/** The event that S3 sends to EventBridge for a new object. */
export const objectCreated = ({ bucket, key, sizeBytes, etag, sequencer, reason }: ObjectCreatedEvent): BusEvent =>
  newEvent({
    source: 'aws.s3',
    detailType: 'Object Created',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: {
      version: '0',
      bucket: { name: bucket },
      object: { key, size: sizeBytes, etag, sequencer },
      'request-id': randomBytes(8).toString('hex').toUpperCase(),
      requester: ACCOUNT,
      'source-ip-address': '127.0.0.1',
      reason,
    },
  });
