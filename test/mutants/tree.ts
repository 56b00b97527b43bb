import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutant, mutated } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** `survived`: every test passed. `hung`: one never ended, which a reader of CI would notice as well. */
export type Fate = 'died' | 'hung' | 'survived';

/** A copy of everything that git knows, in which mutants live: the sources themselves are never touched. */
export class Tree {
  readonly #folder = mkdtempSync(join(tmpdir(), 'lockstep-mutants-'));

  constructor() {
    const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' });
    for (const file of files.trim().split('\n')) {
      if (!existsSync(join(ROOT, file))) continue;
      mkdirSync(dirname(join(this.#folder, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.#folder, file));
    }
    symlinkSync(join(ROOT, 'node_modules'), join(this.#folder, 'node_modules'));
  }

  /** What becomes of a mutant before its tests. */
  async fateOf(mutant: Mutant, withinMs: number): Promise<Fate> {
    const path = join(this.#folder, mutant.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(source, mutant));
    try {
      return await this.run(mutant.tests, withinMs);
    } finally {
      writeFileSync(path, source);
    }
  }

  /** Runs tests in a process group of their own, up to the first that fails. */
  run(tests: readonly string[], withinMs: number): Promise<Fate> {
    const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', ...tests, '--bail=1', '--maxWorkers=1', '--reporter=dot'];
    const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: 'ignore', detached: true });
    const end = () => {
      try {
        process.kill(-(child.pid as number), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    };
    process.once('exit', end);
    return new Promise((done) => {
      let isLate = false;
      const late = setTimeout(() => {
        isLate = true;
        end();
      }, withinMs);
      child.once('exit', (code) => {
        clearTimeout(late);
        process.removeListener('exit', end);
        end();
        done(isLate ? 'hung' : code === 0 ? 'survived' : 'died');
      });
    });
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
