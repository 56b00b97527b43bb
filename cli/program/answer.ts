import type { Command } from 'commander';
import { EXIT_CODES } from '#core/error-kinds.ts';
import type { CommandContext } from '../commands/context.ts';
import type { Finding } from '../commands/doctor.ts';
import { type Summary, summaryLines } from '../output/summary.ts';
import type { DetachedRun } from '../run/detached.ts';

/** Options that every command has. */
export interface GlobalFlags {
  readonly json?: boolean;
  readonly stack?: string;
  readonly outputs?: string;
  readonly fetch?: boolean;
}

/** What a command prints on standard output: one object for machines, or lines for people. */
export interface Answer {
  readonly object: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** @default 0 */
  readonly exitCode?: number;
}

/** What follows a command on the command line; flags have been read and checked by its options. */
export interface Call {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, never>>;
}

export interface ProgramOptions {
  /** Makes the context of a command from the flags that every command has. */
  readonly contextOf: (flags: GlobalFlags) => CommandContext;
  /** Gets what the command that ran has to say. */
  readonly done: (answer: Answer) => void;
}

/** Makes the action of a command of a function that answers. */
export type Answering = (
  act: (context: CommandContext, call: Call) => Promise<Answer>,
) => (...all: unknown[]) => Promise<void>;

export const answering =
  ({ contextOf, done }: ProgramOptions): Answering =>
  (act) =>
  async (...all) => {
    const self = all.at(-1) as Command;
    const flags = self.optsWithGlobals<GlobalFlags & Record<string, never>>();
    done(await act(contextOf(flags), { words: self.args, flags }));
  };

export const ofRun = (summary: Summary): Answer => ({ object: { ...summary }, lines: summaryLines(summary) });

/** One line, the id of the run, for a script to take. */
export const ofDetached = (run: DetachedRun): Answer => ({ object: { ...run }, lines: run.runs });

export const ofMessage = (message: string): Answer => ({ object: { message }, lines: [message] });

export const ofFindings = (findings: readonly Finding[]): Answer => ({
  object: { ok: findings.every(({ ok }) => ok), findings },
  lines: findings.map(({ name, ok, detail }) => `${ok ? '✓' : '✗'} ${name.padEnd(12)} ${detail}`),
  exitCode: findings.every(({ ok }) => ok) ? 0 : EXIT_CODES.infrastructure,
});
