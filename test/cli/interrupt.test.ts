/** The command hears of one key press up to three times: from the terminal, from npm and from the file that started it. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';

const PROGRAM = `
import { listenForInterrupt } from ${JSON.stringify(new URL('../../cli/interrupt.ts', import.meta.url).href)};
const end = () => {
  console.log('last words');
  process.exit(130);
};
const interrupt = listenForInterrupt((text) => console.log('said', text), end);
interrupt.onForce(async () => console.log('forced'));
interrupt.signal.addEventListener('abort', () => console.log('aborted', interrupt.signal.reason.code));
setInterval(() => {}, 1000);
console.log('ready');
`;

async function interrupted(pausesMs: readonly number[]) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise<void>((done) => {
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (output.includes('ready')) done();
    });
  });
  const over = new Promise<number | null>((done) => child.once('close', done));
  await ready;
  for (const pauseMs of pausesMs) {
    await delay(pauseMs);
    child.kill('SIGINT');
  }
  const code = await Promise.race([over, delay(1_500, 'still runs')]);
  child.kill('SIGKILL');
  await over;
  return { code, output };
}

it('cancels at the first signal, and takes an echo of it for the same', async () => {
  const { code, output } = await interrupted([0, 50, 50]);
  expect(output).toContain('aborted LS_CANCELLED');
  expect(output).not.toContain('forced');
  expect(code).toBe('still runs');
});

it('stops at once at a second press', async () => {
  const { code, output } = await interrupted([0, 900]);
  expect(output).toMatch(/forced\nlast words/);
  expect(code).toBe(130);
});
