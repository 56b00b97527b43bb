import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { findProcesses } from '#adapters/process/process-table.ts';
import { OBJECTS } from '#core/names.ts';
import type { LatestCheckpoint } from '#core/training/checkpoint.ts';
import type { TaskResult } from '#core/training/task-result.ts';
import { BUCKET, type LocalGang, type LocalGangOptions, localGang, RUN_ID } from '../../bench/local-gang.ts';

const SDK = JSON.stringify(fileURLToPath(new URL('../../gpu-agent/sdk/index.ts', import.meta.url)));

let gang: LocalGang | undefined;
afterEach(async () => {
  await gang?.close();
  gang = undefined;
});

/** A gang whose tasks are this TypeScript program; `task` is its context. */
async function gangOf(source: string, options: Partial<LocalGangOptions> = {}): Promise<LocalGang> {
  const program = `import { run } from ${SDK}; import fs from 'node:fs'; await run(async (task) => { ${source} });`;
  const command = [process.execPath, '--input-type=module', '-e', program];
  gang = await localGang({ hosts: 2, tasksPerHost: 2, command, ...options });
  return gang;
}

const json = async <T>(current: LocalGang, key: string): Promise<T> =>
  JSON.parse(Buffer.from((await current.ports.objects.get(`s3://${BUCKET}/${key}`)).bytes).toString('utf8')) as T;

const text = async (current: LocalGang, key: string): Promise<string> =>
  Buffer.from((await current.ports.objects.get(`s3://${BUCKET}/${key}`)).bytes).toString('utf8');

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 25) {
    if (waited > 20_000) throw new Error(`waited in vain until ${what}`);
    await delay(25);
  }
}

describe('two agents with two tasks each', () => {
  test('form a gang, meet at barriers, and end with a result, logs and no process left', async () => {
    const current = await gangOf(
      `await task.barrier();
       const all = await task.allGather('from ' + task.rank);
       const sum = await task.allReduce(Float32Array.of(task.rank, 1));
       console.log(JSON.stringify({ all, sum: [...sum], gpu: task.resources.gpu.addresses, visible: process.env.CUDA_VISIBLE_DEVICES }));
       await task.progress({ step: 3, of: 4, metrics: { loss: 0.5 } });
       if (task.rank === 0) {
         await task.checkpoint.save(3, { 'w.bin': Uint8Array.of(1, 2, 3) });
         await task.result({ accuracy: 0.9 }, { 'model.onnx': Uint8Array.of(7) });
       }`,
      { gpuPerTask: 1, acceleratorsPerHost: 2 },
    );
    const control = await current.over();
    expect(control).toMatchObject({ phase: 'SUCCEEDED', attempt: 0 });
    await until('the agents have left', () => current.agents.size === 0);

    const said = await Promise.all(
      [0, 1, 2, 3].map(async (rank) => JSON.parse(await text(current, OBJECTS.log(RUN_ID, 0, rank)))),
    );
    const all = ['from 0', 'from 1', 'from 2', 'from 3'];
    expect(said).toEqual(['0', '1', '0', '1'].map((address) => ({ all, sum: [6, 4], gpu: [address], visible: '0,1' })));
    const result = await json<TaskResult>(current, `${OBJECTS.result(RUN_ID, 0)}result.json`);
    expect(result).toMatchObject({ attempt: 0, metrics: { accuracy: 0.9 }, files: { 'model.onnx': { sizeBytes: 1 } } });
    const latest = await json<LatestCheckpoint>(current, OBJECTS.latestCheckpoint(RUN_ID));
    expect(latest).toMatchObject({ attempt: 0, saved: { attempt: 0, step: 3, files: { 'w.bin': { sizeBytes: 3 } } } });
    expect(await current.ports.progress.get(RUN_ID)).toEqual({ attempt: 0, step: 3, of: 4, metrics: { loss: 0.5 } });
    for (const host of ['i-0', 'i-1']) {
      expect(findProcesses(new Set(), `LOCKSTEP_ATTEMPT_ID=${RUN_ID}/0/${host}`)).toEqual([]);
    }
  });

  test('stop all tasks when one crashes, and go on from its checkpoint in attempt 1', async () => {
    const current = await gangOf(
      `const saved = await task.checkpoint.latest();
       console.log('attempt', task.attempt, 'from step', saved?.step ?? 0, 'by', saved?.attempt ?? '-');
       await task.barrier();
       if (task.attempt === 0) {
         if (task.rank === 0) await task.checkpoint.save(5, { 'w.bin': Uint8Array.of(5) });
         await task.barrier();
         if (task.rank === 3) throw new Error('division by zero');
         await task.barrier();
       }`,
      { restarts: { user: 1, infrastructure: 0, preemption: 0 } },
    );
    const control = await current.over();
    expect(control).toMatchObject({ phase: 'SUCCEEDED', attempt: 1, charged: { user: 1, infrastructure: 0 } });
    const members = await current.ports.members.list(RUN_ID, 0);
    const exits = Object.assign({}, ...members.map((member) => member.exits));
    expect(exits[3]).toEqual({ code: 1, signal: null, stopped: false, message: 'division by zero' });
    for (const rank of [0, 1, 2]) expect(exits[rank]).toMatchObject({ stopped: true });
    await until('the agents have left', () => current.agents.size === 0);
    for (const rank of [0, 1, 2, 3]) {
      expect(await text(current, OBJECTS.log(RUN_ID, 1, rank))).toBe('attempt 1 from step 5 by 0\n');
    }
    expect(readdirSync(current.folder).sort()).toEqual(['i-0', 'i-1']);
  });

  test('replace a host that goes away, and keep the other', async () => {
    const current = await gangOf(
      `fs.writeFileSync(process.env.LOCKSTEP_SCRATCH + '/started-' + task.attempt, '');
       await task.barrier();
       if (task.attempt === 0) await new Promise(() => setInterval(() => {}, 1000));`,
      { restarts: { user: 0, infrastructure: 1, preemption: 0 }, timing: { suspectMs: 2_500, beatMs: 500 } },
    );
    await until('all tasks are past the barrier', async () => (await current.control()).epoch === 1);
    current.agents.get('i-1')?.terminate();
    const control = await current.over();
    expect(control).toMatchObject({ phase: 'SUCCEEDED', attempt: 1, charged: { user: 0, infrastructure: 1 } });
    expect(existsSync(join(current.folder, 'i-0/tasks/0/started-1'))).toBe(true);
    expect(existsSync(join(current.folder, 'i-2/tasks/2/started-1'))).toBe(true);
  });
});

describe('a gang whose command does not exist', () => {
  test('fails with 127 and the name of the command', async () => {
    gang = await localGang({ hosts: 1, tasksPerHost: 1, command: ['no-such-trainer', '--epochs', '3'] });
    const control = await gang.over();
    expect(control).toMatchObject({ phase: 'FAILED', attempt: 0 });
    expect(control.cause).toMatchObject({ kind: 'task-failed', rank: 0, exit: { code: 127 } });
    expect(JSON.stringify(control.cause)).toContain('no-such-trainer');
  });
});

describe('a task that leaves while others wait at a barrier', () => {
  test('ends the attempt for all of them, with the call that was missed', async () => {
    const current = await gangOf(`if (task.rank !== 1) await task.barrier();`);
    const control = await current.over();
    expect(control).toMatchObject({ phase: 'FAILED' });
    expect(control.cause).toMatchObject({ kind: 'barrier-mismatch', epoch: 0 });
    expect(JSON.stringify(control.cause)).toContain('rank 1');
  });
});
