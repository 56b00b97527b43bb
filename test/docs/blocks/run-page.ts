import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Fence, placeOf } from './fences.ts';

/** Everything that one block printed. */
export interface Ran {
  readonly fence: Fence;
  readonly output: string;
  readonly status: number | null;
}

/** A folder in which the blocks of a page are followed, as its reader would. */
export interface Reader {
  follow(fence: Fence): Ran;
  close(): void;
}

const SECONDS = 90;

export function newReader(): Reader {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-reader-'));
  const [bin, folder] = [join(root, 'bin'), join(root, 'work')];
  for (const one of [bin, folder]) mkdirSync(one);
  const command = `#!/bin/sh\nexec "${process.execPath}" "${resolve('cli/lockstep.mjs')}" "$@"\n`;
  writeFileSync(join(bin, 'lockstep'), command, { mode: 0o755 });
  const { LOCKSTEP_HOME: _, ...own } = process.env;
  const env = {
    ...own,
    PATH: `${bin}${delimiter}${process.env.PATH}`,
    PYTHONPATH: resolve('python'),
    PYTHONDONTWRITEBYTECODE: '1',
    NO_COLOR: '1',
  };
  return {
    follow(fence) {
      const file = fence.words.find((word) => word.startsWith('file='))?.slice('file='.length);
      if (file !== undefined) {
        writeFileSync(join(folder, file), `${fence.text}\n`);
        return { fence, output: '', status: 0 };
      }
      const [program, args] =
        fence.language === 'python' ? ['python3', ['-c', fence.text]] : ['sh', ['-ec', fence.text]];
      const options = { cwd: folder, env, encoding: 'utf8', timeout: SECONDS * 1000 } as const;
      const { stdout, stderr, status } = spawnSync(program as string, args as string[], options);
      return { fence, output: `${stdout}\n${stderr}`, status };
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Lines that a page shows and that were not printed; `…` stands for anything. */
export function notPrinted({ output }: Ran, shown: Fence): readonly string[] {
  const printed = output.replaceAll(/\s+/g, ' ');
  return shown.text
    .split('\n')
    .filter((line) => line.trim() !== '' && !asPattern(line).test(printed))
    .map((line) => `${placeOf(shown)}: ${line}`);
}

/** However the lines of the command broke: a word is followed by the next. */
const asPattern = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .replaceAll(/\s+/g, ' ')
      .split('…')
      .map((piece) => piece.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[\\s\\S]*?'),
  );
