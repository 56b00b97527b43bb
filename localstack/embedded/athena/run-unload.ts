import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { ResultPrefix } from './result-prefix.ts';
import { openSandbox } from './sandbox.ts';
import type { UnloadStatement } from './unload-statement.ts';
import { writeResult } from './write-result.ts';

/** Where queries read, work and write. */
export interface QuerySurroundings {
  readonly warehouse: string | undefined;
  /** Below it every query has a folder, which is gone when the query is over. */
  readonly workFolder: string;
  readonly s3: S3Client;
}

export interface UnloadRun {
  readonly id: string;
  readonly database: string;
  readonly statement: UnloadStatement;
  readonly signal: AbortSignal;
}

/** Runs one UNLOAD to its end; throws what went wrong. */
export async function runUnload({ warehouse, workFolder, s3 }: QuerySurroundings, run: UnloadRun): Promise<void> {
  const { id, database, statement, signal } = run;
  const prefix = new ResultPrefix(s3, statement.to);
  await prefix.requireEmpty();
  const folder = join(workFolder, id);
  await mkdir(folder, { recursive: true });
  try {
    const sandbox = await openSandbox(statement.select, { warehouse, folder, database, signal });
    const files = await writeResult(sandbox, statement, folder).finally(() => sandbox.close());
    await prefix.put(id, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
