import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { LockstepError } from '#core/errors.ts';
import type { TrainJob } from '#core/job/job.ts';
import { secretReference } from '#core/job/secrets.ts';
import type { OfferedSecret } from '../../localstack/embedded/secrets/offer-secret.ts';

/** Where a run on this machine may find its secrets. */
export interface SecretSources {
  /** State folder: its file `secrets` has lines `NAME=VALUE`, and nobody else may read it. */
  readonly folder: string;
  /** Of the command. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Values of `task.secrets` for a run on this machine, which stand for those of the account: variables of the same names in the
 * environment of the command, or else in the file. LS_SECRET_UNREADABLE names all that have none.
 */
export function localSecrets({ task }: TrainJob, { folder, env }: SecretSources): readonly OfferedSecret[] {
  const named = Object.entries(task.secrets ?? {});
  if (named.length === 0) return [];
  const file = join(folder, 'secrets');
  const values = { ...linesOf(file), ...env };
  const missing = named.map(([name]) => name).filter((name) => values[name] === undefined);
  if (missing.length > 0) {
    throw new LockstepError(
      'LS_SECRET_UNREADABLE',
      `task.secrets: expected ${missing.join(', ')} in the environment of this command, or lines NAME=VALUE in ${file}`,
      { remedy: 'On this machine secrets come from you; with --stack they come from the account.' },
    );
  }
  const offered = new Map<string, OfferedSecret>();
  const fields = new Map<string, Record<string, string>>();
  for (const [name, reference] of named.map(([name, text]) => [name, secretReference(text)] as const)) {
    const at = `${reference.store}:${reference.name}`;
    let text = values[name] ?? '';
    if (reference.store === 'secretsmanager' && reference.key !== undefined) {
      // Several keys of one secret are one object.
      const all = { ...fields.get(at), [reference.key]: text };
      fields.set(at, all);
      text = JSON.stringify(all);
    }
    offered.set(at, { store: reference.store, name: reference.name, text });
  }
  return [...offered.values()];
}

function linesOf(file: string): Readonly<Record<string, string | undefined>> {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return {};
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8);
    throw new LockstepError('LS_SECRET_UNREADABLE', `${file} may be read by others: its mode is ${mode}`, {
      remedy: `chmod 600 ${file}`,
    });
  }
  return parseEnv(readFileSync(file, 'utf8'));
}
