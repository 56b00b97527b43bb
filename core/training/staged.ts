import type { ObjectHead } from '../objects/ports.ts';

/**
 * The data objects among what lies below a prefix. Names that begin with `_` or `.` are markers and side files by the
 * habit of every tool that writes such prefixes, and empty objects hold no rows.
 */
export const dataAmong = (objects: readonly ObjectHead[]): readonly ObjectHead[] => objects.filter(isData);

function isData({ uri, sizeBytes }: ObjectHead): boolean {
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  return sizeBytes > 0 && !name.startsWith('_') && !name.startsWith('.');
}
