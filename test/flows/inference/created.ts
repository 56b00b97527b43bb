import type { ObjectCreated } from '#core/inference/state.ts';
import { BUCKET } from './world.ts';

/** The event of an object that was put. */
export const created = (key: string, sequencer = '01', etag = 'abc'): ObjectCreated => ({
  id: 'e1',
  source: 'aws.s3',
  'detail-type': 'Object Created',
  detail: { bucket: { name: BUCKET }, object: { key, etag, size: 1, sequencer } },
});
