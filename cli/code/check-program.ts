import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { programsOf } from '#core/job/command/programs.ts';
import { missing } from './refusal.ts';

/** LS_JOB_COMMAND_MISSING unless the program of a command can be found on this machine, whose copies the local hosts are. */
export function checkProgram(command: readonly string[]): void {
  const [program = ''] = command;
  const [own] = programsOf(command);
  if (program === 'node' || (own?.kind === 'file' && own.path === program)) return;
  const folders = program.startsWith('/') ? [''] : (process.env.PATH ?? '').split(delimiter);
  if (folders.some((folder) => existsSync(join(folder, program)))) return;
  throw missing(`task.command runs \`${program}\`, which is not on the PATH of this machine`);
}
