/** A Python that stands still, in a whole run of the command. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isMissing, train } from './training.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-stall-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROGRAM = `import time, lockstep
task = lockstep.context()

def read_next_batch():
    time.sleep(600)

for step in range(1, 100):
    task.progress(step, 100)
    if step == 3 and task.rank == 2:
        time.sleep(1)
        read_next_batch()
    task.barrier()
`;

const JOB = `kind: train
name: stall
gang: { hosts: 2, tasksPerHost: 2, perTask: { gpu: 0 }, instanceTypes: [g7e.12xlarge] }
task: { command: [python3, stall.py] }
limits: { maxDurationS: 120, graceS: 2, stallS: 3 }
`;

describe.skipIf(isMissing('base'))('a gang of which one rank stands still', () => {
  test('ends, with the name of that rank, its last step and the line at which it stood', async () => {
    writeFileSync(join(folder, 'stall.py'), PROGRAM);
    writeFileSync(join(folder, 'train.yaml'), JOB);
    const { summary, stderr } = await train(join(folder, 'train.yaml')).command.ended;
    expect(summary, stderr).toMatchObject({ ok: false, code: 'LS_TASK_FAILED' });
    // The others have come as far and wait in the barrier for longer, but it is not they who stand still.
    expect(summary?.message).toMatch(/rank 2 on i-\w+ was ended by SIGABRT: it made no progress for 3 s after step 3/);
    expect(stderr).toMatch(/\[2\] .*in read_next_batch/);
  });
});
