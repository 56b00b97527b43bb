import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { killGroup, lockstep, processesAfter, stateFolder } from '../command.ts';

const PIPELINE = ['pipeline', 'examples/digits/pipeline.yaml', '--json'];
const homes: ReturnType<typeof stateFolder>[] = [];
const newHome = () => {
  const home = stateFolder();
  homes.push(home);
  return home.path;
};
afterEach(() => {
  for (const home of homes.splice(0)) home.remove();
});

describe('the digits pipeline', () => {
  it('ends with the same accuracy whether or not a host is killed in the middle of training', async () => {
    const [calmHome, chaosHome] = [newHome(), newHome()];
    const calm = await lockstep(calmHome, PIPELINE).ended;
    const chaos = await lockstep(chaosHome, [...PIPELINE, '--chaos']).ended;
    expect(calm.summary, calm.stderr).toMatchObject({ ok: true, attempts: 1, hostsAcquired: 2, hostsReleased: 2 });
    expect(chaos.summary, chaos.stderr).toMatchObject({ ok: true, attempts: 2, hostsAcquired: 3, hostsReleased: 3 });
    expect(calm.summary?.accuracy).toBeGreaterThanOrEqual(0.9);
    expect(chaos.summary?.accuracy).toBe(calm.summary?.accuracy);
    expect([calm.code, chaos.code]).toEqual([0, 0]);
    expect(await processesAfter(calmHome, 2_000)).toEqual([]);
    expect(await processesAfter(chaosHome, 2_000)).toEqual([]);
  });

  it('runs twice at the same time from one clone', async () => {
    const home = newHome();
    const both = await Promise.all([lockstep(home, PIPELINE).ended, lockstep(home, PIPELINE).ended]);
    for (const { code, summary, stderr } of both) {
      expect(summary, stderr).toMatchObject({ ok: true, rowsPredicted: 10_000 });
      expect(code).toBe(0);
      expect(existsSync(fileURLToPath(String(summary?.outputs)))).toBe(true);
    }
    expect(both[0].summary?.outputs).not.toBe(both[1].summary?.outputs);
    expect(await processesAfter(home, 2_000)).toEqual([]);
  });

  it('is cancelled by Ctrl-C: exit 130, a named error, nothing left running', async () => {
    const home = newHome();
    const command = lockstep(home, PIPELINE);
    await command.until(/train/i);
    await new Promise((done) => setTimeout(done, 4_000));
    const asked = performance.now();
    killGroup(command, 'SIGINT');
    const { code, summary, stderr } = await command.ended;
    expect(summary, stderr).toMatchObject({ ok: false, code: 'LS_CANCELLED' });
    expect(code).toBe(130);
    expect(performance.now() - asked).toBeLessThan(15_000);
    expect(await processesAfter(home, 2_000)).toEqual([]);
  });

  it('leaves nothing running 15 seconds after its whole process group was killed', async () => {
    const home = newHome();
    const command = lockstep(home, PIPELINE);
    await command.until(/train/i);
    await new Promise((done) => setTimeout(done, 4_000));
    killGroup(command, 'SIGKILL');
    expect((await command.ended).signal).toBe('SIGKILL');
    expect(await processesAfter(home, 15_000)).toEqual([]);
    const next = await lockstep(home, ['status', '--json']).ended;
    expect(next.code, next.stderr).toBe(0);
  });

  it('leaves a report and the outputs that its summary names', async () => {
    const home = newHome();
    const { summary, stderr } = await lockstep(home, PIPELINE).ended;
    expect(summary, stderr).toMatchObject({ ok: true });
    const manifest = JSON.parse(readFileSync(fileURLToPath(String(summary?.outputs)), 'utf8'));
    expect(manifest.parts.length).toBeGreaterThan(1);
    expect(readFileSync(String(summary?.report), 'utf8')).toContain('<html');
  });
});
