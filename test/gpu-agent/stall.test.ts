/** Whole gangs of real processes that stand still, leave early, or fail with a code that the job knows. */
import { afterEach, expect, it } from 'vitest';
import { verdict } from '#core/gang/controller/verdict.ts';
import { type LocalGang, type LocalGangOptions, localGang } from '../../bench/local-gang.ts';

/** `report(step)` and `barrier()`, and what a test adds to it, as the task of each rank. */
const program = (body: string) => `
  const { request } = require('node:http');
  const { LOCKSTEP_SOCKET: socketPath, LOCKSTEP_TASK_TOKEN: token, RANK } = process.env;
  const rank = Number(RANK);
  const post = (path, body) => new Promise((resolve) => {
    const headers = { authorization: 'Bearer ' + token };
    request({ socketPath, path, method: 'POST', headers }, (answer) => answer.resume().on('end', resolve))
      .end(JSON.stringify(body));
  });
  const report = (step) => post('/progress', { step, of: 100 });
  const barrier = () => post('/barrier', {});
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  process.on('SIGTERM', () => process.exit(143));
  (async () => { ${body} })();`;

let gang: LocalGang | undefined;
afterEach(() => gang?.close());

async function judged(body: string, options: Partial<LocalGangOptions> = {}) {
  const restarts = { user: 0, infrastructure: 0, preemption: 0 };
  gang = await localGang({ hosts: 2, tasksPerHost: 2, command: ['node', '-e', program(body)], restarts, ...options });
  const control = await gang.over();
  const members = await gang.ports.members.list(control.runId, control.attempt);
  return { control, verdict: verdict(control, members, new Set(), options.limits?.exitCodes) };
}

it('ends a gang that stands still, and names the rank that is behind though another host found it', async () => {
  const body = `
    await report(1);
    if (rank === 3) await sleep(60_000);
    // The others wait for rank 3, and have stood still for longer when it is found.
    await report(2);
    await sleep(60_000);`;
  const { control, verdict } = await judged(body, { limits: { stallS: 1 } });
  expect(control).toMatchObject({ phase: 'FAILED', cause: { kind: 'task-failed', exit: { stalled: true } } });
  expect(verdict).toMatchObject({ rank: 3, budget: 'user' });
  expect(verdict.message).toMatch(/rank 3 on i-\d .*(after step 1 \(limits\.stallS\)|no progress since step 1)/);
});

it('lets tasks alone that wait for a slow one in a barrier, however long, and counts afresh when it opens', async () => {
  const body = `
    await report(1);
    if (rank === 0) for (let part = 0; part < 5; part++) { await sleep(500); await report(2 + part); }
    await barrier();
    await sleep(600);`;
  expect((await judged(body, { limits: { stallS: 1 } })).control.phase).toBe('SUCCEEDED');
});

it('lets tasks alone that never report, and those that go on', async () => {
  const body = `
    if (rank === 0) return await sleep(2_500);
    for (let step = 0; step < 6; step++) { await report(step); await sleep(400); }`;
  expect((await judged(body, { limits: { stallS: 1 } })).control.phase).toBe('SUCCEEDED');
});

it('names a task that ended well so long ago that the others must be waiting for it', async () => {
  const { control, verdict } = await judged('if (rank !== 1) await sleep(60_000);', { limits: { exitSpreadS: 1 } });
  expect(control.phase).toBe('FAILED');
  expect(verdict.message).toMatch(/^rank 1 exited with code 0: it ended \d+ s ago, and other ranks have not/);
});

it('takes lines of the log for progress where the job says which, those of a bar too, and the same line again for none', async () => {
  const goesOn = `
    for (let step = 0; step < 6; step++) { process.stderr.write('epoch 1: ' + step + '/6\\r'); await sleep(400); }`;
  const limits = { stallS: 1, stallLog: 'epoch *: */' };
  expect((await judged(goesOn, { limits })).control.phase).toBe('SUCCEEDED');
  await gang?.close();
  const repeats = `
    for (let step = 0; step < 60; step++) { console.log('epoch 1: ' + Math.min(step, rank) + '/6'); await sleep(200); }`;
  const { verdict } = await judged(repeats, { limits });
  expect(verdict).toMatchObject({ rank: 0, budget: 'user' });
  expect(verdict.message).toMatch(/no progress .*after step 1 \(limits\.stallS\)|no progress since step 1/);
});
