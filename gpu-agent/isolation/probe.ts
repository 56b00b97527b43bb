import { spawn } from 'node:child_process';
import { asUser, type TaskUser } from '#adapters/process/task-user.ts';

/** What the user of the tasks must be able to do on this host, and what not. */
export interface Expected {
  /** Folders and programs that tasks use. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Addresses at whose port 80 nothing may answer. */
  readonly unreachable: readonly string[];
}

/** A connection within the host is there at once, or never. */
const CONNECT_MS = 1_000;
const PROBE_MS = 20_000;

/** Run as the user, by this same Node: `argv[1]` is what is expected; it prints what is not so, a line each. */
const PROGRAM = `
const { accessSync, constants } = require('node:fs');
const { connect } = require('node:net');
const { reads, writes, unreachable, connectMs } = JSON.parse(process.argv[1]);
const complain = (text) => process.stdout.write(text + '\\n');
const need = (path, mode, what) => {
  try { accessSync(path, mode); } catch (error) { complain(what + ' ' + path + ': ' + error.code); }
};
for (const path of reads) need(path, constants.R_OK, 'cannot read');
for (const path of writes) need(path, constants.W_OK, 'cannot write');
for (const host of unreachable) {
  const socket = connect({ host, port: 80, timeout: connectMs });
  socket.once('connect', () => { complain('reaches the metadata service at ' + host); socket.destroy(); });
  socket.once('timeout', () => socket.destroy());
  socket.once('error', () => {});
}
`;

/** Finds out as the user itself, because rights are made of more than this process can know. Throws with all that is not as expected. */
export async function probeAs(user: TaskUser, { reads, writes, unreachable }: Expected): Promise<void> {
  const argument = JSON.stringify({ reads, writes, unreachable, connectMs: CONNECT_MS });
  const child = spawn(process.execPath, ['-e', PROGRAM, argument], {
    ...{ cwd: '/', env: {}, ...asUser(user), timeout: PROBE_MS, killSignal: 'SIGKILL' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  const code = await new Promise<number | null | string>((resolve) => {
    child.once('error', (error) => resolve(`${process.execPath}: ${error.message}`));
    child.once('close', (status, signal) => resolve(status ?? signal));
  });
  if (code === 0 && said === '') return;
  const found = said === '' ? `cannot run Node: ${code}` : said.trim().replaceAll('\n', '; ');
  throw new Error(`the user ${user.name} (uid ${user.uid}) of the tasks ${found}`);
}
