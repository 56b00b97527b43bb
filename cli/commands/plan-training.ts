import { existsSync } from 'node:fs';
import { LockstepError } from '#core/errors.ts';
import { planCandidates } from '#core/fleet/candidates.ts';
import type { DataSource } from '#core/job/job.ts';
import { describeQuery } from '../../localstack/embedded/athena/describe-query.ts';
import { openStack } from '../cloud/choose.ts';
import { packageCode } from '../code/package-code.ts';
import type { LoadedTrain } from '../job/loaded.ts';
import { showBytes } from '../output/bytes.ts';
import { counted } from '../output/counted.ts';
import type { CommandContext } from './context.ts';
import { checkTraining } from './train.ts';

/** What a job would do, for machines and for people. */
export interface Planned {
  readonly object: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** Where the job names no zones, which there are is for the deployment to say. */
const ANY_ZONE = 'any zone of the deployment';

/** The candidates of a gang, once its code and its data have been looked at as far as that can be done from here. */
export async function planTraining(loaded: LoadedTrain, context: CommandContext): Promise<Planned> {
  checkTraining(loaded, context);
  const { gang, task } = loaded.job;
  const { candidates, refused } = planCandidates(gang, gang.zones.length > 0 ? gang.zones : [ANY_ZONE]);
  if (candidates.length === 0) throw new LockstepError('LS_JOB_IMPOSSIBLE', refused.join('; '));
  await using code = await packageCode(loaded.code, task, context.interrupt.signal);
  const codeBytes = code?.sizeBytes;
  const data = await lookAtData(loaded, context);
  const worldSize = gang.hosts * gang.tasksPerHost;
  const hosts = `${counted(gang.hosts, 'host')} with ${counted(gang.tasksPerHost, 'task')} each`;
  return {
    object: {
      ...{ kind: 'train', worldSize, gang, candidates, refused },
      ...(codeBytes !== undefined && { codeBytes }),
      ...(data !== undefined && { data: data.object }),
    },
    lines: [
      `${hosts}: ${counted(worldSize, 'rank')}, ${counted(gang.perTask.gpu, 'accelerator')} a task`,
      'candidates, in the order in which they are tried:',
      ...candidates.map(({ instanceType, zone, market }, i) => `  ${i + 1}. ${instanceType}, ${market}, ${zone}`),
      ...refused.map((reason) => `  not: ${reason}`),
      ...(code === undefined ? ['code: a program of the hosts'] : code.lines),
      ...(data?.lines ?? []),
    ],
  };
}

/** What is known of the data without taking any of it. */
async function lookAtData({ job }: LoadedTrain, context: CommandContext): Promise<Planned | undefined> {
  const { data, local } = job;
  if (data === undefined) return undefined;
  if ('s3' in data) return await lookAtObjects(data, context);
  const { database, query } = data.sql;
  const warehouse = context.choice.stack === undefined ? local?.warehouse : undefined;
  if (warehouse === undefined) return unchecked('the query, which the warehouse of the deployment runs');
  if (!existsSync(warehouse)) return unchecked(`the query: there is no warehouse in ${warehouse} yet`);
  const columns = await describeQuery({ warehouse, database, query, signal: context.interrupt.signal });
  return {
    object: { checked: true, columns },
    lines: [`data: the query gives ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`],
  };
}

/** Objects that are counted one by one: more are too many to wait for. */
const COUNTED_MAX = 10_000;

/** LS_DATA_EMPTY where the stack has nothing there. */
async function lookAtObjects(
  { s3 }: Extract<DataSource, { readonly s3: unknown }>,
  { choice }: CommandContext,
): Promise<Planned> {
  if (choice.stack === undefined) return unchecked(`${s3.uri}, which the deployment reads`);
  let [objects, sizeBytes] = [0, 0];
  for await (const head of openStack(choice).objects.list(s3.uri)) {
    objects += 1;
    sizeBytes += head.sizeBytes;
    if (objects === COUNTED_MAX) break;
  }
  if (objects === 0) throw new LockstepError('LS_DATA_EMPTY', `${s3.uri} holds no objects`);
  const least = objects === COUNTED_MAX ? 'at least ' : '';
  return {
    object: { checked: true, objects, sizeBytes },
    lines: [`data: ${least}${counted(objects, 'object')}, ${showBytes(sizeBytes)}`],
  };
}

const unchecked = (what: string): Planned => ({
  object: { checked: false },
  lines: [`data: not checked: ${what}`],
});
