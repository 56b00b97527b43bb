import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { UnpackError } from '#adapters/archive/unpack.ts';
import type { Control } from '#core/gang/records.ts';
import { type LocalGang, type LocalGangOptions, localGang } from '../../bench/local-gang.ts';
import { unfitBy } from '../../gpu-agent/unfit.ts';
import { archiveOf } from './archive-of.ts';
import { canMount, mountSmall, unmountAll } from './small-disk.ts';

const system = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('why a host cannot take part', () => {
  it.each([
    [system('ENOSPC', 'ENOSPC: no space left on device, write'), 'disk-full'],
    [new UnpackError(system('ENOSPC', 'ENOSPC: no space left on device, write')), 'disk-full'],
    [new UnpackError(system('EDQUOT', 'EDQUOT: disk quota exceeded')), 'disk-full'],
    [new UnpackError(system('EROFS', 'EROFS: read-only file system')), 'not-prepared'],
    [new UnpackError(system('Z_DATA_ERROR', 'zlib: incorrect data check')), 'code-damaged'],
    [new UnpackError(system('ENAMETOOLONG', 'ENAMETOOLONG: name too long')), 'code-damaged'],
    [new UnpackError(new Error('TAR_BAD_ARCHIVE: Unrecognized archive format')), 'code-damaged'],
    [system('LS_DATA_UNREADABLE', 's3://bucket/job.json: access denied'), 'not-prepared'],
    ['a thing that is no error', 'not-prepared'],
  ])('%s: %s', (error, why) => {
    expect(unfitBy(error).why).toBe(why);
  });

  it('is told in one line that fits the control item', () => {
    expect(unfitBy(new Error(`first\n  second\n${'x'.repeat(10_000)}`)).detail).toMatch(/^first second x{387}$/);
  });
});

let gang: LocalGang | undefined;
afterEach(async () => {
  unmountAll();
  await gang?.close();
  gang = undefined;
});

const restarts = { user: 0, infrastructure: 2, preemption: 0 };

async function endOf(options: Partial<LocalGangOptions>): Promise<{ control: Control; launched: readonly string[] }> {
  gang = await localGang({ hosts: 2, tasksPerHost: 1, command: ['true'], restarts, ...options });
  return { control: await gang.over(), launched: gang.launched };
}

describe('a gang with a host that cannot be prepared', () => {
  const cut = gzipSync(Buffer.alloc(10_240, 'x')).subarray(0, 30);
  it.each([
    ['nothing', new Uint8Array()],
    ['something else', Buffer.from('this is no archive')],
    ['half an archive', cut],
  ])('ends without a charge, and buys no other, where the code package is %s', async (_, code) => {
    const { control, launched } = await endOf({ code });
    expect(control).toMatchObject({
      ...{ phase: 'FAILED', attempt: 0, charged: { user: 0, infrastructure: 0, preemption: 0 } },
      cause: { kind: 'host-unfit', why: 'code-damaged' },
    });
    expect(launched).toEqual(['i-0', 'i-1']);
  });

  it.skipIf(!canMount)('replaces all hosts whose disk is full, and no other', async () => {
    const code = await archiveOf({ 'big.bin': randomBytes(300_000) });
    const full = new Set(['i-0', 'i-1']);
    const onBoot = (instanceId: string, scratch: string) => {
      if (full.has(instanceId)) mountSmall(scratch, 'size=64k');
    };
    const { control, launched } = await endOf({ hosts: 3, code, onBoot });
    // A host that was still booting when the other was let go costs a charge of its own.
    expect(control.phase).toBe('SUCCEEDED');
    expect(control.charged.infrastructure).toBeLessThanOrEqual(2);
    expect(launched).toEqual(['i-0', 'i-1', 'i-2', 'i-3', 'i-4']);
  });

  it('replaces the one that has found too few accelerators, for one charge', async () => {
    const acceleratorsPerHost = (instanceId: string) => (instanceId === 'i-1' ? 1 : 2);
    const { control, launched } = await endOf({ tasksPerHost: 2, gpuPerTask: 1, acceleratorsPerHost });
    expect(control).toMatchObject({ phase: 'SUCCEEDED', attempt: 1, charged: { infrastructure: 1 } });
    expect(launched).toEqual(['i-0', 'i-1', 'i-2']);
  });

  it.skipIf(!canMount)('says so as well where the disk takes the code, and then nothing for the tasks', async () => {
    // The workspace takes five inodes: its root, two folders, and a link in each of them.
    const onBoot = (instanceId: string, scratch: string) => {
      if (instanceId === 'i-1') mountSmall(scratch, 'nr_inodes=5');
    };
    const { control, launched } = await endOf({ onBoot });
    expect(control).toMatchObject({ phase: 'SUCCEEDED', attempt: 1, charged: { infrastructure: 1 } });
    expect(launched).toEqual(['i-0', 'i-1', 'i-2']);
  });
});
