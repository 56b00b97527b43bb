import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CommandContext } from '../../cli/commands/context.ts';
import type { Home } from '../../cli/home.ts';
import { plainScreen } from '../../cli/output/screen.ts';

export interface TestHome extends Home {
  /** Writes a file below the folder of jobs and returns its path. */
  write(name: string, content: string | Uint8Array | object): string;
  readonly jobs: string;
  remove(): void;
}

/** A state folder and a folder for job files that nothing else uses. */
export function testHome(): TestHome {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-cli-'));
  const at = (name: string) => join(folder, name);
  const [clouds, runs, models, jobs] = [at('clouds'), at('runs'), at('models'), at('jobs')];
  for (const each of [clouds, runs, models, jobs]) mkdirSync(each);
  return {
    ...{ folder, clouds, runs, models, jobs },
    write(name, content) {
      const path = join(jobs, name);
      const isText = typeof content === 'string' || content instanceof Uint8Array;
      writeFileSync(path, isText ? content : JSON.stringify(content));
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A context whose screen and output are kept as lines. */
export function commandContext(home: Home, signal: AbortSignal = new AbortController().signal) {
  const lines: string[] = [];
  const context: CommandContext = {
    home,
    screen: plainScreen((line) => lines.push(line)),
    interrupt: { signal, means: () => {}, abort: () => {}, onForce: () => {}, force: async () => {} },
    choice: {},
    print: (line) => lines.push(line),
    json: false,
  };
  return { context, lines };
}
