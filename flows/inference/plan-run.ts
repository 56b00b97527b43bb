import type { Schema } from 'apache-arrow';
import { invariant } from '#core/errors.ts';
import { type FolderRule, leftOut, leftOutBoth } from '#core/inference/folder.ts';
import { type FolderColumn, folderColumns } from '#core/inference/folder-columns.ts';
import type { TableObject } from '#core/inference/layout.ts';
import { type InferencePlan, partition, readColumns } from '#core/inference/plan.ts';
import { pathSent, type SentFiles, type SentJob } from '#core/inference/sent-job.ts';
import type { PartitionItem, StagedInput } from '#core/inference/state.ts';
import type { Located } from '#core/inference/table-format.ts';
import type { InferJob } from '#core/job/job.ts';
import { OBJECTS } from '#core/names.ts';
import { objectUri, runObjects } from '#core/objects/addresses.ts';
import type { ObjectHead } from '#core/objects/ports.ts';
import { rowsThemselves } from '#formats/arrow/metadata/rows-themselves.ts';
import { nameRule } from '#formats/glob/name-rule.ts';
import { readJson, readJsonIfAny } from '#formats/json/json-object.ts';
import { ordered } from '#formats/read-ahead/ordered.ts';
import { agreedColumns, type SourceSchema } from '#formats/table/agreed-columns.ts';
import { withFolderFields } from '#formats/table/folder-columns.ts';
import { locateTable } from '#formats/table/formats.ts';
import { checkOutput } from './check-output.ts';
import { checkUnchanged } from './check-unchanged.ts';
import { createOnce } from './create-once.ts';
import { type ListedInputs, listInputs } from './list-inputs.ts';
import { type PredictionPorts, planPrediction } from './plan-prediction.ts';
import { resolveModel } from './resolve-model.ts';

export type PlanPorts = PredictionPorts;

/** Footers that are read at the same time. */
const FOOTERS_AT_ONCE = 16;

/**
 * Makes the plan of a run and the list of its partitions, or finds them made: a run has one plan, however often this is
 * called. Everything that can be known to be wrong is found here, before any partition runs: LS_DATA_EMPTY,
 * LS_ARROW_CORRUPT, LS_SCHEMA_DIFFERS, LS_MODEL_UNREADABLE, LS_MODEL_MISMATCH, LS_OUTPUTS_UNCLEAR, LS_ROWS_DEPEND,
 * LS_PARQUET_UNWRITABLE; of a run that is resumed, LS_INPUT_CHANGED.
 */
export async function planRun(
  ports: PlanPorts,
  { runId, jobUri }: { readonly runId: string; readonly jobUri: string },
): Promise<{ readonly plan: InferencePlan; readonly planUri: string }> {
  const { plan: planUri, items } = runObjects({ bucket: ports.bucket, runId });
  const stored = await readJsonIfAny<InferencePlan>(ports.objects, planUri);
  if (stored) await checkUnchanged(ports, stored.value);
  const plan = stored?.value ?? (await createOnce(ports.objects, planUri, await newPlan(ports, runId, jobUri)));
  const tasks = plan.partitions.map((_, index): PartitionItem => ({ runId, planUri, partition: index }));
  await createOnce(ports.objects, items, tasks);
  return { plan, planUri };
}

/**
 * Whether a run waits for the rows of its query. Before that costs anything, what predicts must be there:
 * LS_MODEL_UNREADABLE.
 */
export async function wantsQuery({ objects, bucket }: PlanPorts, runId: string, job: InferJob): Promise<boolean> {
  if (job.sql === undefined) return false;
  if ((await objects.head(runObjects({ bucket, runId }).stagedInput)) !== undefined) return false;
  await resolveModel(objects, bucket, job.model);
  return true;
}

async function newPlan(ports: PlanPorts, runId: string, jobUri: string): Promise<InferencePlan> {
  const { objects } = ports;
  const { skipped: before = leftOut([]), sent, replayOf, ...job } = (await readJson<SentJob>(objects, jobUri)).value;
  const listed = await listInputs(objects, await placesOf(ports, runId, job), folderRules(ports.bucket, runId, job));
  const located = await locateAll(
    ports,
    listed.heads,
    folderColumns(pathsOf(listed, sent, runObjects({ bucket: ports.bucket, runId }).input(''))),
  );
  const sources = located.map(({ schema, layout }) => ({ uri: layout.uri, schema: rowsThemselves(schema) }));
  const layouts = located.map(({ layout }) => layout);
  const prediction = await planPrediction(ports, job, { schema: firstSchema(sources), layouts });
  const { keep } = job.output;
  const { as } = job.predict;
  const columns = agreedColumns(sources, { keep, as, reads: readColumns(prediction) });
  checkOutput(job, firstSchema(sources), { columns, fields: prediction.fields });
  return {
    version: 1,
    ...{ runId, job, prediction, columns },
    inputs: layouts.map(({ blocks: _, ...input }): TableObject => input),
    skipped: leftOutBoth(before, listed.skipped),
    ...(replayOf && { replayOf }),
    partitions: partition(layouts, job.limits.partitionBytes),
  };
}

/** Where the rows are: what the job names, or what Stage has left of its query. */
async function placesOf({ objects, bucket }: PlanPorts, runId: string, job: InferJob): Promise<readonly string[]> {
  if (job.sql === undefined) return job.input;
  return [(await readJson<StagedInput>(objects, runObjects({ bucket, runId }).stagedInput)).value.uri];
}

/** What was put below the run itself was chosen before; of the inbox only the job's own rule leaves anything out. */
function folderRules(bucket: string, runId: string, { match }: InferJob): (uri: string) => FolderRule {
  const { input, staged } = runObjects({ bucket, runId });
  const chosen = [input(''), staged];
  const inbox = objectUri(bucket, OBJECTS.inbox);
  const rule = { match: nameRule(match) };
  return (uri) => {
    if (chosen.some((prefix) => uri.startsWith(prefix))) return { isAllMeant: true };
    return uri.startsWith(inbox) ? { ...rule, isAllMeant: true } : rule;
  };
}

/** Path of each object below the folder that the job names; what was sent with the run lay elsewhere before. */
const pathsOf = ({ heads, below }: ListedInputs, sent: SentFiles | undefined, sentTo: string): (string | undefined)[] =>
  heads.map(
    ({ uri }) => (sent && pathSent(uri, sent, sentTo)) ?? (uri.startsWith(sentTo) ? undefined : below.get(uri)),
  );

/** Each object with the columns of its folders. */
async function locateAll(
  ports: PlanPorts,
  heads: readonly ObjectHead[],
  folders: readonly (readonly FolderColumn[])[],
): Promise<Located<Schema>[]> {
  const located: Located<Schema>[] = [];
  for await (const { layout, schema } of ordered(heads, FOOTERS_AT_ONCE, (head) => locateTable(ports, head))) {
    const folder = folders[located.length] ?? [];
    located.push({
      layout: folder.length === 0 ? layout : { ...layout, folder },
      schema: withFolderFields(schema, folder),
    });
  }
  return located;
}

function firstSchema([first]: readonly SourceSchema[]): Schema {
  invariant(first, 'a plan without inputs');
  return first.schema;
}
