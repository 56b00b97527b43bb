import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { memoryLog } from '#adapters/memory/memory-log.ts';
import { findUserProcesses } from '#adapters/process/process-table.ts';
import { OBJECTS } from '#core/names.ts';
import { giveFolders, isolateTasks } from '../../gpu-agent/isolation/isolation.ts';
import { exitMessage } from '../../gpu-agent/supervisor/exit-message.ts';
import { type AgentProcesses, agentProcesses, RUN_ID } from './agent-processes.ts';

/** A user that nobody else on this machine is. */
const UID = 2_000_000 + (process.pid % 1_000_000);
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;
const canRunNode = isRoot && spawnSync(process.execPath, ['--version'], { uid: UID, gid: UID }).status === 0;
if (!isRoot) console.log('skipped: tasks with a user of their own, because only root can start them');
else if (!canRunNode)
  console.log(`skipped: tasks with a user of their own, because others cannot run ${process.execPath}`);

let world: AgentProcesses | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const PROGRAM = readFileSync(new URL('./fixtures/hostile-task.cjs', import.meta.url), 'utf8');

describe.skipIf(!canRunNode)('a task that runs as a user of its own', { timeout: 30_000 }, () => {
  test('cannot read or end its agent, write outside of its folders, or leave anything alive; and can do what a task does', async () => {
    world = await agentProcesses({
      ...{ hosts: 1, tasksPerHost: 1, command: ['node', '-e', PROGRAM] },
      agentEnv: { LOCKSTEP_TASK_USER: String(UID) },
    });
    const agent = await world.launch('i-0');
    expect(await agent.exited, agent.lines.join('\n')).toBe(0);
    expect(findUserProcesses(UID)).toEqual([]);
    const lines = (await world.read(OBJECTS.log(RUN_ID, 0, 0))).trim().split('\n');
    expect(lines).toEqual([
      'environment of the agent: EACCES',
      'memory of the agent: EACCES',
      'files of the agent: EACCES',
      'signal to the agent: EPERM',
      ...['x', 'logs/x', 'logs/0/0.log', 'task-bin/node', 'tasks/x'].map((name) => `write ${name}: EACCES`),
      'remove a program: EACCES',
      'write where it starts: done',
      'write in its home: done',
      'write in its scratch folder: done',
      'write in its caches: done',
      `ids: ${UID}, ${UID}, ${UID}`,
      'socket: 200',
      'left behind: two daemons',
    ]);
  });

  test('is not started where its user cannot get at what it needs: the host says what', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'lockstep-closed-'));
    const place = (name: string) => join(closed, name);
    const folders = { code: place('code'), home: place('home'), cache: place('cache'), bin: place('bin') };
    try {
      mkdirSync(folders.code);
      const user = { name: 'tasks', uid: UID, gid: UID };
      await expect(giveFolders(user, folders, { hasMetadata: false, reads: [place('python')] })).rejects.toThrow(
        `the user tasks (uid ${UID}) of the tasks cannot read ${place('bin/node')}: EACCES; cannot read ${place('python')}: EACCES; cannot write ${folders.code}: EACCES`,
      );
    } finally {
      rmSync(closed, { recursive: true });
    }
  });

  const isolate = (userName: string | undefined, hasMetadata = false) =>
    isolateTasks({ userName, hasMetadata, log: memoryLog() });

  test('is nobody that could do more: not root, and not a name that the machine does not know', async () => {
    await expect(isolate('0')).rejects.toThrow('expected a user other than root for tasks, got 0');
    await expect(isolate('no-such-user')).rejects.toThrow('expected the user no-such-user');
    expect(await isolate('nobody')).toMatchObject({ name: 'nobody', uid: expect.any(Number), gid: expect.any(Number) });
  });

  test('must have been named on a host of EC2; elsewhere tasks run as their agent does, which the log says', async () => {
    await expect(isolate(undefined, true)).rejects.toThrow('LOCKSTEP_TASK_USER');
    expect(await isolate(undefined)).toBeUndefined();
  });
});

/** The last words of a task whose error file is what `put` makes of it. */
function messageWith(put: (errorFile: string) => void): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-error-file-'));
  try {
    const errorFile = join(folder, 'error.json');
    put(errorFile);
    const user = isRoot ? { name: 'tasks', uid: UID, gid: UID } : undefined;
    return exitMessage({ errorFile, cwd: folder, user }, 'said by the task');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the error file of a task', () => {
  const reportOf = (file: string, uid: number, message = 'reported') => {
    writeFileSync(file, JSON.stringify({ message }));
    if (isRoot) chownSync(file, uid, uid);
  };

  const linked = (file: string) => {
    reportOf(`${file}-`, UID);
    symlinkSync(`${file}-`, file);
  };

  test('is read where it is its own', () => {
    expect(messageWith((file) => reportOf(file, UID))).toBe('reported');
  });

  test.each([
    ['a link', linked],
    ['a pipe that nobody writes to', (file: string) => void spawnSync('mkfifo', [file])],
    ['too long for an error', (file: string) => reportOf(file, UID, 'x'.repeat(2 ** 20))],
    ['a folder', (file: string) => mkdirSync(file)],
  ])('is not read where it is %s', (_, put) => {
    expect(messageWith(put)).toBe('said by the task');
  });

  test.skipIf(!isRoot)("is not read where it is another's", () => {
    expect(messageWith((file) => reportOf(file, 0))).toBe('said by the task');
  });
});
