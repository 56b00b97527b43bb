import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./fixtures/closed-metadata.ts', import.meta.url));
const UID = 2_000_000 + (process.pid % 1_000_000);

/** The kernel, the tools and the rights that a network of one's own takes. */
const canIsolate = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up']).status === 0;
const canRunNode = canIsolate && spawnSync(process.execPath, ['--version'], { uid: UID, gid: UID }).status === 0;
if (!canRunNode)
  console.log('skipped: the closed metadata service, because this process may make no network namespace');

test.skipIf(!canRunNode)('the metadata service is closed to the user of the tasks, and to nobody else', () => {
  const printed = execFileSync('unshare', ['--net', process.execPath, PROGRAM, String(UID)], { encoding: 'utf8' });
  const both = ['169.254.169.254', 'fd00:ec2::254'];
  expect(JSON.parse(printed)).toEqual({ before: both, after: [], root: both, other: both, rules: 1, user: UID });
});
