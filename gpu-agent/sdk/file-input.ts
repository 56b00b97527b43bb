import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentClient } from './client.ts';

/** Bytes, or the path of a file or of a folder, of which every file is taken. */
export type FileInput = Uint8Array | string;

type Source = Uint8Array | { readonly path: string; readonly sizeBytes: number };

/** Name → source, with folders replaced by their files: `<name>/<path below it>`. */
export async function fileEntries(
  files: Readonly<Record<string, FileInput>>,
): Promise<readonly (readonly [string, Source])[]> {
  const entries = await Promise.all(Object.entries(files).map(([name, input]) => expand(name, input)));
  return entries.flat();
}

async function expand(name: string, input: FileInput): Promise<readonly (readonly [string, Source])[]> {
  if (typeof input !== 'string') return [[name, input]];
  const found = await stat(input);
  if (!found.isDirectory()) return [[name, { path: input, sizeBytes: found.size }]];
  const below = await Promise.all(
    (await readdir(input)).sort().map((one) => expand(`${name}/${one}`, join(input, one))),
  );
  return below.flat();
}

/** Sends one of them; a file of any size is never held in memory. */
export async function putFile(client: AgentClient, path: string, source: Source): Promise<void> {
  await client.json({ method: 'PUT', path, ...(source instanceof Uint8Array ? { bytes: source } : { file: source }) });
}
