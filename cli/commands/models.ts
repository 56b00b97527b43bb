import { LockstepError } from '#core/errors.ts';
import type { Published } from '#core/training/published.ts';
import { notPublished, publishedModels } from '#flows/runs/published-models.ts';
import { reachableClouds } from '../cloud/reach.ts';
import { type KeptModel, listKeptModels, removeKeptModels } from '../models/kept-models.ts';
import { showBytes } from '../output/bytes.ts';
import { ago } from '../output/moment.ts';
import { table } from '../output/table.ts';
import type { CommandContext } from './context.ts';

export interface ModelLine {
  readonly name: string;
  readonly runId: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** ISO 8601: when its run was queued; absent where its pointer does not say so. */
  readonly queuedAt?: string;
  /** Where `published:<name>` means this model: `this machine`, and the clouds that can be asked. */
  readonly latestIn: readonly string[];
}

const HERE = 'this machine';

/** `lockstep models`: the models that this machine keeps, and those that are published in the clouds that are up. */
export async function models(context: CommandContext): Promise<readonly ModelLine[]> {
  const kept = listKeptModels(context.home).map(({ pointer }) => pointer);
  const latest = new Map<string, string[]>();
  const known = new Map(kept.map((pointer) => [idOf(pointer), pointer]));
  const isFirst = (pointer: Published, i: number) => kept[i - 1]?.name !== pointer.name;
  for (const pointer of kept.filter(isFirst)) latest.set(idOf(pointer), [HERE]);
  for (const cloud of await reachableClouds(context)) {
    for (const pointer of await publishedModels(cloud)) {
      const id = idOf(pointer);
      known.set(id, known.get(id) ?? pointer);
      latest.set(id, [...(latest.get(id) ?? []), cloud.name]);
    }
  }
  return [...known].map(([id, pointer]) => lineOf(pointer, latest.get(id) ?? []));
}

/** `lockstep models rm MODEL…`: removes kept models and returns their ids; none where one of them is not there. */
export function removeModels(words: readonly string[], { home }: CommandContext): readonly string[] {
  const kept = listKeptModels(home);
  const named = new Set(words.flatMap((word) => modelsNamed(word, kept)));
  removeKeptModels(home, [...named]);
  return [...named].map(({ pointer }) => idOf(pointer));
}

/** `lockstep models prune`: removes every kept model but the latest of each name. */
export function pruneModels({ home }: CommandContext): readonly string[] {
  const old = listKeptModels(home).filter(({ pointer }, i, all) => all[i - 1]?.pointer.name === pointer.name);
  removeKeptModels(home, old);
  return old.map(({ pointer }) => idOf(pointer));
}

/** `name` is every model of the name, `name@…` the one whose run or sha256 begins so. */
function modelsNamed(word: string, kept: readonly KeptModel[]): readonly KeptModel[] {
  const [name = '', which = ''] = word.split('@');
  const ofName = kept.filter(({ pointer }) => pointer.name === name);
  if (ofName.length === 0) {
    throw notPublished(
      name,
      kept.map(({ pointer }) => pointer.name),
    );
  }
  const found = ofName.filter(({ pointer: { runId, model } }) =>
    [runId, model.sha256].some((id) => id.startsWith(which)),
  );
  if (which === '' || found.length === 1) return found;
  const message = found.length === 0 ? `no model of ${name} has` : `${found.length} models of ${name} have`;
  throw new LockstepError('LS_USAGE', `${message} a run or a sha256 that begins with ${which}`, {
    remedy: '`lockstep models` lists them.',
  });
}

const idOf = ({ name, runId }: Published): string => `${name}@${runId}`;

function lineOf({ name, runId, queuedAt, model }: Published, latestIn: readonly string[]): ModelLine {
  const { sha256, sizeBytes } = model;
  const at = queuedAt === undefined ? {} : { queuedAt: new Date(queuedAt * 1000).toISOString() };
  return { name, runId, sha256, sizeBytes, ...at, latestIn };
}

const SHOWN_HASH = 12;

/** The lines as a table for people. */
export function modelsTable(lines: readonly ModelLine[], nowMs: number): readonly string[] {
  if (lines.length === 0) return ['no models'];
  const rows = lines.map(({ name, runId, sha256, sizeBytes, queuedAt, latestIn }) => [
    ...[name, runId, sha256.slice(0, SHOWN_HASH), showBytes(sizeBytes)],
    ...[queuedAt === undefined ? '' : ago(Date.parse(queuedAt), nowMs), latestIn.join(', ')],
  ]);
  return table(['NAME', 'RUN', 'SHA256', 'SIZE', 'QUEUED', 'LATEST IN'], rows);
}
