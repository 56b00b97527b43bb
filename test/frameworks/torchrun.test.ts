/** torchrun itself as the command: one real program for each way of calling it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { isMissing, isWhole, train } from './training.ts';

const PROGRAM = join(import.meta.dirname, 'fixtures', 'torchrun', 'sum.py');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-torchrun-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Form {
  readonly form: string;
  readonly gang: string;
  readonly command: string;
  /** rank/local rank/rank of the host, of each process. */
  readonly places: string;
}

const TWO_HOSTS = 'hosts: 2, tasksPerHost: 2, launch: perHost';
const OF_TWO_HOSTS = '0/0/0 1/1/0 2/0/1 3/1/1';

/** What joins the gang by the environment alone is what breaks first. */
const SHORT = 'nothing but the environment, once a host';

const FORMS: readonly Form[] = [
  {
    form: '--standalone, two processes in one task',
    gang: 'hosts: 1, tasksPerHost: 1',
    command: '[torchrun, --standalone, --nproc-per-node=2, sum.py]',
    places: '0/0/0 1/1/0',
  },
  {
    form: SHORT,
    gang: TWO_HOSTS,
    command: '[torchrun, sum.py]',
    places: OF_TWO_HOSTS,
  },
  {
    form: '--nnodes, --node-rank and --master-addr, once a host',
    gang: TWO_HOSTS,
    command: `[sh, -c, 'exec torchrun --nnodes=2 --nproc-per-node=2 --node-rank="$NODE_RANK" --master-addr="$MASTER_ADDR" --master-port="$MASTER_PORT" sum.py']`,
    places: OF_TWO_HOSTS,
  },
  {
    form: '--rdzv-backend=c10d, once a host',
    gang: TWO_HOSTS,
    command: '[torchrun, --rdzv-backend=c10d, sum.py]',
    places: OF_TWO_HOSTS,
  },
];

describe.skipIf(isMissing('torch'))('torchrun', () => {
  test.each(FORMS.filter(({ form }) => isWhole || form === SHORT))('with $form', async ({ gang, command, places }) => {
    writeFileSync(join(folder, 'sum.py'), readFileSync(PROGRAM));
    const job = join(folder, 'train.yaml');
    writeFileSync(
      job,
      `kind: train
name: torchrun
gang: { ${gang}, perTask: { gpu: 0 }, instanceTypes: [g7e.12xlarge] }
task: { command: ${command} }
limits: { maxDurationS: 180, graceS: 3 }
`,
    );
    const { manifest, path } = await train(job).succeeded();
    const ranks = places.split(' ').length;
    const found = readFileSync(path('places.txt'), 'utf8').split(' ');
    // c10d numbers hosts in the order in which they come, and ranks by it.
    expect(found.toSorted()).toEqual(places.split(' ').toSorted());
    const sum = (ranks * (ranks + 1)) / 2;
    // DDP averages: three rows of the rank's own number each.
    expect(manifest.metrics).toEqual({ world: ranks, sum, gradient: (3 * (sum - ranks)) / ranks });
  });
});
