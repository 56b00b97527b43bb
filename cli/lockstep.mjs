#!/usr/bin/env node
// Lockstep's sources are TypeScript that Node 24 runs as they stand. Under an older Node this file starts itself again
// with the Node that is installed beside the packages; see docs/decisions/0001.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const NODE_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) {
  await import('./main.ts');
} else {
  restart();
}

function restart() {
  const node = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../node_modules/.bin/node');
  if (!existsSync(node)) {
    process.stderr.write(
      `lockstep needs Node ${NODE_MAJOR}; this is ${process.version}, and \`npm ci\` has not been run.\n`,
    );
    process.exit(2);
  }
  // The channel is how the child learns that this process is gone, even if it was killed.
  const child = spawn(node, process.argv.slice(1), { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
