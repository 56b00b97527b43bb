import { workerDecoder } from '#adapters/parquet/worker-decoder.ts';
import { DEAD_LETTERS } from '#core/inference/dead-letters.ts';
import { deadLettersOf } from '#core/inference/manifest.ts';
import { openCommitted } from '#flows/inference/read-committed.ts';
import { inWordsOfJob, keptJob } from '../run/kept-job.ts';
import { theRun } from '../run/known-runs.ts';
import { committedManifest } from './committed-manifest.ts';
import type { CommandContext } from './context.ts';

/** Why a row was set aside, and where it was. */
export interface DeadLetter {
  readonly object: string;
  readonly block: number;
  readonly row: number;
  readonly class: string;
  readonly code: string;
  readonly message: string;
}

export interface DeadLetters {
  readonly runId: string;
  readonly dead: number;
  /** The first of them. */
  readonly some: readonly DeadLetter[];
}

const SHOWN = 20;

/** `lockstep read RUN --dead`: how many rows were set aside, and why the first of them. LS_RUN_INCOMPLETE if it committed nothing. */
export async function readDead(word: string, context: CommandContext): Promise<DeadLetters> {
  const runId = await theRun(word, context);
  const { manifest, objects } = await committedManifest(runId, context);
  const some: DeadLetter[] = [];
  for (const file of deadLettersOf(manifest)) {
    for await (const batch of openCommitted({ objects, parquet: workerDecoder() }, { parts: [file] })) {
      const reasons = batch.getChild(batch.schema.metadata.get(DEAD_LETTERS) ?? '');
      for (let row = 0; row < batch.numRows && some.length < SHOWN; row++)
        some.push(letterOf(reasons?.get(row).toJSON()));
    }
    if (some.length === SHOWN) break;
  }
  const sent = keptJob(context.home, runId)?.sent;
  const inWords = (text: string) => inWordsOfJob(text, runId, sent);
  const named = some.map((one) => ({ ...one, object: inWords(one.object), message: inWords(one.message) }));
  return { runId, dead: manifest.failed?.dead ?? 0, some: named };
}

function letterOf({ object, block, row, class: why, code, message }: Readonly<Record<string, unknown>>): DeadLetter {
  const [uri, name, kind, said] = [object, why, code, message].map(String) as [string, string, string, string];
  return { object: uri, block: Number(block), row: Number(row), class: name, code: kind, message: said };
}

/** For people. */
export function deadLines({ runId, dead, some }: DeadLetters): readonly string[] {
  if (dead === 0) return [`${runId}: no rows were set aside`];
  const more = dead - some.length;
  return [
    `${runId}: ${dead.toLocaleString('en')} rows were set aside`,
    ...some.map(
      ({ object, block, row, class: why, message }) =>
        `${object}, record batch ${block}, row ${row}: ${why}: ${firstLine(message)}`,
    ),
    ...(more > 0 ? [`and ${more.toLocaleString('en')} more: --to FILE writes them all, with their rows`] : []),
  ];
}

/** Python says last what was wrong. */
function firstLine(text: string): string {
  const lines = text.trimEnd().split('\n');
  const [first = ''] = lines;
  return first.endsWith(':') ? `${first} ${lines.at(-1)?.trim()}` : first;
}
