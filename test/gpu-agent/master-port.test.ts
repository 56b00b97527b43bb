/** A stranger on the master port costs an attempt, and nobody's budget; a program that takes it twice costs its own. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { type LocalGang, localGang } from '../../bench/local-gang.ts';
import { portHolder } from '../../gpu-agent/port-holder.ts';

let gang: LocalGang | undefined;
const stranger = createServer();
afterEach(async () => {
  await gang?.close();
  stranger.close();
});

const NO_RESTARTS = { user: 0, infrastructure: 0, preemption: 0 };

it('is charged to nobody', async () => {
  const program = `
    const fs = require('node:fs');
    const { MASTER_PORT, HOME } = process.env;
    fs.writeFileSync(HOME + '/port', MASTER_PORT);
    setTimeout(() => require('node:net').createServer().listen(Number(MASTER_PORT), '127.0.0.1', () => process.exit(0)), 800);`;
  gang = await localGang({ hosts: 1, tasksPerHost: 1, command: ['node', '-e', program], restarts: NO_RESTARTS });
  const file = join(gang.folder, 'i-0', 'port');
  await expect
    .poll(() => existsSync(file) && readFileSync(file, 'utf8'), { timeout: 20_000, interval: 5 })
    .toMatch(/\d/);
  const port = Number(readFileSync(file, 'utf8'));
  await new Promise<void>((done) => stranger.listen(port, '127.0.0.1', () => done()));
  expect([portHolder(port, []), portHolder(port, [process.pid])]).toEqual(['stranger', 'own']);
  const { phase, attempt, charged } = await gang.over();
  expect({ phase, attempt, charged }).toEqual({ phase: 'SUCCEEDED', attempt: 1, charged: NO_RESTARTS });
});

it('is the fault of the program where a process of its own listens there', async () => {
  const program = `
    const listen = () => require('node:net').createServer().listen(Number(process.env.MASTER_PORT), '127.0.0.1');
    const { fork } = require('node:child_process');
    const { writeFileSync } = require('node:fs');
    const other = process.env.HOME + '/other.js';
    writeFileSync(other, '(' + listen + ')().once("listening", () => process.send("up")); setTimeout(() => {}, 60_000)');
    fork(other).once('message', listen);`;
  gang = await localGang({ hosts: 1, tasksPerHost: 1, command: ['node', '-e', program], restarts: NO_RESTARTS });
  const { phase, attempt } = await gang.over();
  expect({ phase, attempt }).toEqual({ phase: 'FAILED', attempt: 0 });
});
