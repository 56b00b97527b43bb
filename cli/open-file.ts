import { spawn } from 'node:child_process';
import { LockstepError } from '#core/errors.ts';

/** What shows a file in the program that the system has for it. */
function openerOf(platform: NodeJS.Platform, browser: string | undefined): readonly string[] {
  if (browser !== undefined && browser !== '') return [browser];
  if (platform === 'darwin') return ['open'];
  return platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
}

/** Shows a file in `BROWSER`, or in what the system shows it with. LS_USAGE where there is no such program. */
export async function openFile(path: string): Promise<void> {
  const [program = '', ...args] = openerOf(process.platform, process.env.BROWSER);
  const child = spawn(program, [...args, path], { detached: true, stdio: 'ignore' });
  await new Promise<void>((done, fail) => {
    child.once('spawn', done);
    child.once('error', (cause) => fail(notThere(program, path, cause)));
  });
  child.unref();
}

const notThere = (program: string, path: string, cause: unknown): LockstepError =>
  new LockstepError('LS_USAGE', `${program} cannot be run: ${(cause as Error).message}`, {
    cause,
    remedy: `Open ${path} by hand, or let the variable BROWSER name a program that shows it.`,
  });
