import type { ArchiveEntry } from '#adapters/archive/pack.ts';
import { showBytes } from '../output/bytes.ts';
import { counted } from '../output/counted.ts';
import type { FileTree } from './file-tree.ts';
import { leftOutLines, listed } from './left-out.ts';

export interface Packed extends Pick<FileTree, 'leftOut' | 'followed'> {
  readonly entries: readonly ArchiveEntry[];
  /** Names in the folder of the job of which nothing travels, though nothing has left them out. */
  readonly beside: readonly string[];
}

/** What people are told of a code package before the run: what travels, and what does not. */
export function packageLines({ entries, leftOut, followed, beside }: Packed): readonly string[] {
  const files = entries.filter(({ kind }) => kind !== 'folder');
  const sizeBytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.sizeBytes : 0), 0);
  const links = followed.map(({ path, target }) => `${path} (${target})`);
  return [
    `code package: ${counted(files.length, 'file')}, ${showBytes(sizeBytes)}: ${listed(files.map(({ path }) => path))}`,
    ...(links.length > 0 ? [`taken along in place of the links to it: ${listed(links)}`] : []),
    ...leftOutLines(leftOut),
    ...(beside.length > 0 ? [`not taken along: ${listed(beside)}; name in task.files what the tasks read of it`] : []),
  ];
}
