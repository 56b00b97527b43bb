import { location } from '../objects/addresses.ts';
import type { ObjectHead } from '../objects/ports.ts';
import type { Shard } from './shards.ts';

/**
 * The data objects among what lies below a prefix. Names that begin with `_` or `.` are markers and side files by the
 * habit of every tool that writes such prefixes, and empty objects hold no rows.
 */
export function shardsAmong(objects: readonly ObjectHead[]): readonly Shard[] {
  return objects.filter(isData).map(({ uri, etag, sizeBytes }) => ({ ...location(uri), etag, sizeBytes }));
}

function isData({ uri, sizeBytes }: ObjectHead): boolean {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  return sizeBytes > 0 && !name.startsWith('_') && !name.startsWith('.');
}
