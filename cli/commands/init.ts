import { LockstepError } from '#core/errors.ts';
import { nearest } from '#core/job/nearest.ts';
import { STARTER_KINDS, STARTERS, type StarterFile, type StarterKind } from '../init/starters.ts';
import { writeStarter } from '../init/write-starter.ts';
import { table } from '../output/table.ts';

export interface InitFlags {
  /** Tasks in Python instead of TypeScript, and for an inference a program in place of a model. */
  readonly python?: boolean;
}

/** What `lockstep init KIND` has written. */
export interface Initialized {
  readonly kind: StarterKind;
  readonly files: readonly string[];
  /** The command that runs it. */
  readonly next: string;
}

/** `lockstep init KIND`: a small job that runs as it stands, in the working directory. LS_USAGE where a file of it is there. */
export function init(word: string, { python = false }: InitFlags, folder: string): Initialized {
  const kind = kindOf(word);
  const files = filesOf(kind, python);
  writeStarter(folder, files);
  return { kind, files: files.map(({ name }) => name), next: STARTERS[kind].next };
}

/** Each file with what it is, and what to do next. */
export function initLines({ kind, next }: Initialized, { python = false }: InitFlags): readonly string[] {
  const rows = filesOf(kind, python).map(({ name, about }) => [name, about]);
  return [...table(['', ''], rows).slice(1), '', `Now run: ${next}`];
}

/** What `lockstep init` can write, for people. */
export const starterLines = (): readonly string[] => [
  ...table(
    ['', ''],
    STARTER_KINDS.map((kind) => [`lockstep init ${kind}`, STARTERS[kind].about]),
  ).slice(1),
  'With --python the tasks of `train` and `pipeline` are written in Python, otherwise in TypeScript; `infer` predicts by a program.',
];

/** What `lockstep init` can write, for machines. */
export const starterList = () => STARTER_KINDS.map((kind) => ({ kind, about: STARTERS[kind].about }));

function kindOf(word: string): StarterKind {
  const kind = STARTER_KINDS.find((one) => one === word);
  if (kind !== undefined) return kind;
  const meant = nearest(word, STARTER_KINDS);
  throw new LockstepError('LS_USAGE', `expected ${STARTER_KINDS.join(', ')}, got ${word}`, {
    remedy: meant === undefined ? 'Run `lockstep init` to see what each of them is.' : `Did you mean ${meant}?`,
  });
}

const filesOf = (kind: StarterKind, python: boolean): readonly StarterFile[] =>
  STARTERS[kind].files(python ? 'python' : 'typescript');
