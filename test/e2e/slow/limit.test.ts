import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockstep, processesAfter, stateFolder } from '../command.ts';

const JOB = `
kind: train
name: endless
gang: { hosts: 2, tasksPerHost: 2, perTask: { gpu: 1 }, instanceTypes: [g4dn.12xlarge] }
task: { command: [/bin/sleep, "300"] }
limits: { maxDurationS: 15, graceS: 2 }
`;

/** Fields of `--json` that only a failed run has. */
interface Failed {
  readonly history: readonly { readonly endedAt: number; readonly why: string }[];
}

it('a run that may last 15 seconds is over in 15 to 17, hosts and all', async () => {
  const home = stateFolder();
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-limit-'));
  writeFileSync(join(folder, 'train.yaml'), JOB);
  try {
    const command = lockstep(home.path, ['train', join(folder, 'train.yaml'), '--json']);
    await command.until('stage: started');
    const queuedMs = Date.now();
    const { code, summary, stderr } = await command.ended;
    expect(summary, stderr).toMatchObject({ ok: false, code: 'LS_LIMIT_EXCEEDED' });
    expect(code).toBe(5);
    const [attempt] = (summary as unknown as Failed).history;
    expect(attempt?.why).toBe('the run reached limits.maxDurationS (15 s)');
    const tookS = ((attempt?.endedAt ?? 0) - queuedMs) / 1000;
    // Counted from the whole second in which the run was queued, and until all hosts have proved themselves clean.
    expect(tookS).toBeGreaterThan(13.5);
    expect(tookS).toBeLessThan(17);
    expect(await processesAfter(home.path, 5_000)).toEqual([]);
  } finally {
    home.remove();
    rmSync(folder, { recursive: true, force: true });
  }
});
