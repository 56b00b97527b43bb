import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { runObjects } from '#core/objects/addresses.ts';
import { BUCKET, type LocalGang, type LocalGangOptions, localGang, RUN_ID } from '../../bench/local-gang.ts';

const VALUE = 'v-e-r-y-secret';
const KEPT = { 'ssm:/team/token': VALUE, 'secretsmanager:hub': JSON.stringify({ token: `${VALUE}-too` }) };

let gang: LocalGang | undefined;
afterEach(async () => {
  await gang?.close();
  gang = undefined;
});

async function run(script: string, options: Partial<LocalGangOptions> = {}) {
  const logged: string[] = [];
  gang = await localGang({
    ...{ hosts: 1, tasksPerHost: 1, command: ['sh', '-c', script], kept: KEPT, onLog: (line) => logged.push(line) },
    ...{ secrets: { TOKEN: 'ssm:/team/token', HUB: 'secretsmanager:hub#token' } },
    restarts: { user: 1, infrastructure: 3, preemption: 3 },
    ...options,
  });
  const control = await gang.over();
  const { objects, members } = gang.ports;
  const log = await objects
    .get(runObjects({ bucket: BUCKET, runId: RUN_ID }).log(control.attempt, 0))
    .catch(() => undefined);
  const text = Buffer.from(log?.bytes ?? []).toString('utf8');
  const records = JSON.stringify([control, await members.list(RUN_ID, control.attempt), ...logged]);
  return { control, text, records, launched: gang.launched };
}

/** Files of the hosts that have it. */
const onDisk = (): string => spawnSync('grep', ['-rl', VALUE, gang?.folder ?? ''], { encoding: 'utf8' }).stdout;

describe('secrets of a job', () => {
  it('reach the tasks, and neither their logs nor the records of the gang nor a disk', async () => {
    const script = 'test "$TOKEN" = v-e-r-y-secret && test "$HUB" = v-e-r-y-secret-too && echo "it is $TOKEN, $HUB."';
    const { control, text, records } = await run(`${script}; printf "no end: $TOKEN"`);
    expect(control.phase).toBe('SUCCEEDED');
    expect(text).toBe('it is [secret TOKEN], [secret HUB].\nno end: [secret TOKEN]');
    expect(records).not.toContain(VALUE);
    expect(onDisk()).toBe('');
  });

  it('do not come out by the error of a task, said or written to its file', async () => {
    const restarts = { user: 0, infrastructure: 0, preemption: 0 };
    const said = await run('echo "ValueError: bad $TOKEN" >&2; exit 1', { restarts });
    expect(said.control.cause).toMatchObject({ exit: { message: 'ValueError: bad [secret TOKEN]' } });
    expect(said.records).not.toContain(VALUE);
    await gang?.close();
    const report = 'printf \'{"message":"bad %s"}\' "$HUB" > "$LOCKSTEP_ERROR_FILE"; exit 1';
    const written = await run(report, { restarts });
    expect(written.control.cause).toMatchObject({ exit: { message: 'bad [secret HUB]' } });
    expect(written.records).not.toContain(VALUE);
  });

  it.each([
    ['ssm:/team/other', 'ssm has no /team/other'],
    ['secretsmanager:hub#other', 'expected the secret hub to be a JSON object'],
  ])('that are not there end the run by their name, once, and buy no other host: %s', async (reference, says) => {
    const { control, records, launched } = await run('true', { secrets: { TOKEN: reference } });
    expect(control).toMatchObject({
      ...{ phase: 'FAILED', attempt: 0, charged: { user: 0, infrastructure: 0, preemption: 0 } },
      cause: { kind: 'host-unfit', why: 'secret-unreadable' },
    });
    expect(control.cause).toMatchObject({
      evidence: expect.stringContaining(`task.secrets.TOKEN (${reference}): ${says}`),
    });
    expect(launched).toEqual(['i-0']);
    expect(records).not.toContain(VALUE);
  });
});
