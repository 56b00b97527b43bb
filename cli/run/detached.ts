import type { CommandContext } from '../commands/context.ts';

/** A run that goes on in a cloud that stays, and that no command watches. */
export interface DetachedRun {
  readonly ok: true;
  readonly kind: 'train' | 'infer';
  /** The one run. */
  readonly runs: readonly [string];
  readonly detached: true;
}

/** Says how to watch a run that has just been started. */
export function detached(
  kind: DetachedRun['kind'],
  runId: string,
  { screen }: Pick<CommandContext, 'screen'>,
): DetachedRun {
  screen.say(`${runId} has started; \`lockstep attach ${runId}\` watches it`);
  return { ok: true, kind, runs: [runId], detached: true };
}
