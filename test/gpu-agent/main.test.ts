import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { findProcesses } from '#adapters/process/process-table.ts';
import { OBJECTS } from '#core/names.ts';
import { type AgentProcesses, type AgentProcessesOptions, agentProcesses, RUN_ID } from './agent-processes.ts';
import { canMount, mountSmall, unmountAll } from './small-disk.ts';

let world: AgentProcesses | undefined;
afterEach(async () => {
  unmountAll();
  await world?.close();
  world = undefined;
});

async function start(options: AgentProcessesOptions): Promise<AgentProcesses> {
  world = await agentProcesses(options);
  return world;
}

const living = (instanceId: string) => findProcesses(new Set(), `LOCKSTEP_ATTEMPT_ID=${RUN_ID}/0/${instanceId}`);

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 50) {
    if (waited > 20_000) throw new Error(`waited in vain until ${what}`);
    await delay(50);
  }
}

describe('two agents as processes, over DynamoDB and S3', () => {
  test('run the bundled task of a code package together, and exit when the run has succeeded', async () => {
    const current = await start({ hosts: 2, tasksPerHost: 2 });
    const agents = [await current.launch('i-0'), await current.launch('i-1')];
    const codes = await Promise.all(agents.map((agent) => agent.exited));
    expect(codes, agents.flatMap((agent) => agent.lines).join('\n')).toEqual([0, 0]);
    expect(await current.control.read(RUN_ID)).toMatchObject({ phase: 'SUCCEEDED', attempt: 0, epoch: 2 });
    for (const rank of [0, 1, 2, 3]) {
      expect(await current.read(OBJECTS.log(RUN_ID, 0, rank))).toBe(`rank ${rank} of 4: 18, credentials: none\n`);
    }
    expect(JSON.parse(await current.read(`${OBJECTS.result(RUN_ID, 0)}result.json`))).toMatchObject({
      metrics: { sum: 18 },
    });
    const messages = agents[0]?.lines.map((line) => JSON.parse(line) as Record<string, unknown>) ?? [];
    expect(messages[0]).toMatchObject({ message: 'agent started', runId: RUN_ID, instanceId: 'i-0', level: 'info' });
    expect(messages.at(-1)).toMatchObject({ message: 'agent ended', reason: 'the run is over: SUCCEEDED' });
    const ended = messages.filter(({ message }) => message === 'task ended');
    expect(ended.map(({ exit }) => exit)).toEqual([0, 1].map(() => ({ code: 0, signal: null, stopped: false })));
  });

  test('killed with SIGKILL, an agent leaves no task behind', async () => {
    const current = await start({ hosts: 2, tasksPerHost: 1, env: { STAY: 'yes' } });
    const agent = await current.launch('i-0');
    await current.launch('i-1');
    // Past all its calls: a task that waits for an agent which is gone would end by itself.
    await until('both tasks stay', () => ['i-0', 'i-1'].every((host) => current.printed(host).includes('rank')));
    expect([living('i-0').length, living('i-1').length]).toEqual([1, 1]);
    agent.child.kill('SIGKILL');
    await until('its task is gone', () => living('i-0').length === 0);
    expect(living('i-1')).toHaveLength(1);
  });

  test('told to end, an agent ends its tasks first', async () => {
    const current = await start({ hosts: 1, tasksPerHost: 2, env: { STAY: 'yes' } });
    const agent = await current.launch('i-0');
    await until('both tasks stay', () => current.printed('i-0').split('rank').length === 3);
    agent.child.kill('SIGTERM');
    expect(await agent.exited).toBe(0);
    expect(living('i-0')).toEqual([]);
  });
});

describe('an agent whose host cannot take part stays, and says why in the control item', () => {
  const causeOf = async (options: Partial<AgentProcessesOptions>) => {
    const current = await start({ hosts: 1, tasksPerHost: 2, ...options });
    const agent = await current.launch('i-0');
    const control = () => current.control.read(RUN_ID);
    await until('the attempt stops', async () => (await control())?.phase === 'STOPPING');
    expect(agent.child.exitCode).toBeNull();
    expect(current.printed('i-0')).toBe('');
    return { cause: (await control())?.cause, lines: agent.lines.join('\n') };
  };

  test('a code package that was damaged on its way', async () => {
    const { cause, lines } = await causeOf({ damage: (archive) => archive.fill(0, 2_000, 2_100) });
    expect(cause).toMatchObject({ kind: 'host-unfit', instanceId: 'i-0', why: 'code-damaged' });
    expect(lines).toContain('host cannot take part');
  });

  test('a code package of which the end is missing', async () => {
    const { cause } = await causeOf({ damage: (archive) => archive.subarray(0, archive.length - 200) });
    expect(cause).toMatchObject({ kind: 'host-unfit', why: 'code-damaged' });
  });

  test.skipIf(!canMount)('a disk that is full', async () => {
    const { cause } = await causeOf({ onBoot: (scratch) => mountSmall(scratch, 'size=16k') });
    expect(cause).toMatchObject({ kind: 'host-unfit', why: 'disk-full', evidence: expect.stringMatching(/ENOSPC/) });
  });

  test('fewer accelerators than its tasks ask for', async () => {
    const { cause } = await causeOf({ gpuPerTask: 1 });
    const evidence = '2 tasks with 1 each, found 1';
    expect(cause).toEqual({ kind: 'host-unfit', instanceId: 'i-0', why: 'accelerators-missing', evidence });
  });
});

test('an instance without the tags of a run ends at once and says why', async () => {
  const current = await start({ hosts: 1, tasksPerHost: 1 });
  const agent = await current.launch('i-9', { tags: false });
  expect(await agent.exited).toBe(1);
  expect(agent.lines.join('\n')).toContain('has no tags lockstep:run and lockstep:attempt: it belongs to no run');
});
