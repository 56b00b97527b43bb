import type { RecordFate } from '#core/stream/record.ts';
import type { CommandContext } from '../commands/context.ts';
import { DEAD_FOLDER } from './folder-answers.ts';
import { figuresText, type StreamProgress } from './progress.ts';
import { SKIPPED, type WatchedFile } from './watched-files.ts';

/** How often the figures are said while something happens. */
const FIGURES_MS = 5_000;

/** Says what becomes of files: to people in a few lines, to machines in a line of JSON each. */
export function telling(
  { screen, print, json }: Pick<CommandContext, 'screen' | 'print' | 'json'>,
  progress: StreamProgress,
) {
  let saidAt = performance.now();
  return {
    tell(file: WatchedFile, fate: RecordFate) {
      const nowMs = Date.now();
      progress.count(file, fate, nowMs);
      if (json && fate.state !== 'repeated') print(JSON.stringify(eventOf(file, fate, nowMs)));
      if (fate.state === 'dead') screen.say(`${file.name}: set aside in ${DEAD_FOLDER}/: ${failureText(fate)}`);
      if (fate.state === 'failed') screen.say(`${file.name}: failed, and is tried again: ${failureText(fate)}`);
      if (performance.now() - saidAt < FIGURES_MS) return;
      saidAt = performance.now();
      screen.say(figuresText(progress.figures()));
    },
    skip: (name: string) => screen.say(`${name} is not read: ${SKIPPED}`),
  };
}

type Failed = Extract<RecordFate, { readonly failure: unknown }>;

const failureText = ({ failure: { code, message } }: Failed): string => `${code}: ${message}`;

function eventOf(file: WatchedFile, fate: RecordFate, nowMs: number): object {
  const { name, sizeBytes, writtenMs } = file;
  const base = { event: fate.state, file: name, sizeBytes };
  if (fate.state === 'answered') return { ...base, rows: fate.rows, lagMs: Math.max(0, nowMs - writtenMs) };
  return 'failure' in fate ? { ...base, ...fate.failure } : base;
}
