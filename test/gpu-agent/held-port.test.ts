import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type LocalGang, localGang } from '../../bench/local-gang.ts';
import { holdPort } from '../../gpu-agent/held-port.ts';

let gang: LocalGang | undefined;
afterEach(() => gang?.close());

const listen = (port: number) =>
  new Promise<string>((resolve) => {
    const server = createServer();
    server.once('error', ({ message }) => resolve(message));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve('free')));
  });

it('keeps others from a port until it lets it go, whoever has knocked meanwhile', async () => {
  const held = await holdPort('127.0.0.1');
  expect(await listen(held.number)).toMatch(/EADDRINUSE/);
  const closed = new Promise((resolve) =>
    connect(held.number, '127.0.0.1')
      .on('error', () => {})
      .once('close', resolve),
  );
  await closed;
  await held.release();
  await held.release();
  expect(await listen(held.number)).toBe('free');
});

it('gives each attempt of a gang another master port, at which rank 0 can listen', async () => {
  // The first attempts listen there, and then fail.
  const program = `
    const { MASTER_PORT, LOCKSTEP_ATTEMPT, HOME } = process.env;
    require('node:fs').appendFileSync(HOME + '/ports', MASTER_PORT + ' ');
    require('node:net').createServer().listen(Number(MASTER_PORT), '127.0.0.1', () => {
      process.exit(LOCKSTEP_ATTEMPT === '2' ? 0 : 1);
    });`;
  const restarts = { user: 2, infrastructure: 0, preemption: 0 };
  gang = await localGang({ hosts: 1, tasksPerHost: 1, command: ['node', '-e', program], restarts });
  const { phase, attempt } = await gang.over();
  expect({ phase, attempt }).toEqual({ phase: 'SUCCEEDED', attempt: 2 });
  const ports = readFileSync(join(gang.folder, 'i-0', 'ports'), 'utf8')
    .trim()
    .split(' ');
  expect(new Set(ports).size).toBe(3);
});
