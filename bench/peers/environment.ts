import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The Python of a virtual environment that holds what a requirements file names, made once for its content below the
 * user's cache folder. Undefined, with the reason said, where there is no Python or a package cannot be installed.
 */
export function pythonWith(requirements: string, say: (text: string) => void): string | undefined {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'lockstep', 'python', hash);
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'complete'))) return python;
  say(`making a virtual environment for ${requirements} …`);
  const draft = `${folder}.${process.pid}`;
  try {
    mkdirSync(join(folder, '..'), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    mkdirSync(draft);
    renameSync(draft, join(folder, 'complete'));
    return python;
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const { stderr, message } = error as { stderr?: Buffer; message: string };
    say(
      `left out: ${requirements}: ${
        String(stderr ?? '')
          .trim()
          .split('\n')
          .at(-1) || message
      }`,
    );
    return undefined;
  }
}
