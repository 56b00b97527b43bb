/** What every command prints with `--json`, as schemas by the words of the command. */
import * as z from 'zod/mini';
import { described } from '#formats/job/fields.ts';
import { attemptStory, flag, listOf, maybe, number, runId, text, whole } from './read-model.ts';

const ok = described(z.literal(true), 'the command succeeded');
const kind = described(z.enum(['train', 'infer', 'pipeline']), 'what ran');
const runs = described(listOf(z.string()), 'ids of the runs; of a pipeline also that of its inference');
const history = described(listOf(attemptStory), 'what became of each attempt of the gang');
const report = text('path of the report');
const skipped = described(
  z.strictObject({ count: z.int(), some: listOf(z.strictObject({ uri: z.string(), reason: z.string() })) }),
  'what lay in the folders of the input and was not read',
);

const query = z.strictObject({ database: z.string(), query: z.string() });

const failed = described(
  z.strictObject({
    dead: whole('set aside, each with its reason'),
    nulled: whole('kept without a prediction'),
    dropped: whole('left out'),
    byClass: described(z.record(z.string(), z.int()), 'class of `onError` → rows'),
  }),
  'rows that have no prediction',
);

const answer = <T extends z.core.$ZodLooseShape>(shape: T) => z.strictObject({ ok, ...shape });

const summary = answer({
  kind,
  runs,
  accuracy: maybe(number('share of right predictions: of held-out rows for a pipeline, else what the task reported')),
  rowsPredicted: maybe(whole('rows that have a prediction')),
  rowsPerSecond: maybe(whole('of the phase in which partitions run')),
  query: maybe(described(query, 'whose result was predicted')),
  failed: maybe(failed),
  replayOf: maybe(text('id of the run whose dead letters were predicted')),
  skipped: maybe(skipped),
  attempts: maybe(whole('attempts of the gang')),
  hostsAcquired: maybe(whole('hosts that were leased')),
  hostsReleased: maybe(whole('hosts that were given back')),
  history: maybe(history),
  phases: described(
    z.record(z.string(), z.number()),
    'phase → seconds; `total` of a pipeline counts from the open cloud on',
  ),
  outputs: text('URI of the committed manifest'),
  report,
});

const detached = answer({ kind, runs, detached: described(z.literal(true), 'nobody watches it') });
const removed = answer({ removed: described(listOf(z.string()), 'what was removed') });
const message = answer({ message: text('what was done') });
const variables = described(z.record(z.string(), z.string()), 'name → value, of all variables that an SDK needs');

const servedJob = z.strictObject({
  name: text('name of the job'),
  inbox: text('where files and batches are put'),
  model: maybe(text('the model, where the job can be run')),
  problem: maybe(text('what is wrong with it, where it cannot')),
  cloud: text('`local`, or the stack'),
});

const runLine = z.strictObject({
  runId,
  kind: text('train, infer or pipeline'),
  state: described(
    z.enum(['running', 'succeeded', 'failed', 'cancelled', 'unknown']),
    'unknown: its command was killed',
  ),
  at: text('ISO 8601: when it started, or for a run that is kept on this machine when it ended'),
  detail: text('where it is, or what it came to'),
  history: maybe(history),
});

const taskLine = z.strictObject({ attempt: whole('0, 1, …'), rank: whole('who wrote it'), text: text('the line') });
const functionLine = z.strictObject({
  function: text('e.g. InferPartition'),
  time: text('ISO 8601'),
  level: text('info, warn, error'),
  text: text('the line, with what it is about'),
});

const model = z.strictObject({
  name: text('`published:<name>`'),
  runId,
  sha256: text('of its bytes'),
  sizeBytes: whole('of the file'),
  queuedAt: maybe(text('ISO 8601: when its run was queued')),
  latestIn: described(listOf(z.string()), 'where the name stands for it'),
});

const candidate = z.strictObject({ instanceType: z.string(), zone: z.string(), market: z.string() });
const trainPlan = answer({
  kind: z.literal('train'),
  worldSize: whole('ranks'),
  gang: described(z.record(z.string(), z.unknown()), '`gang` of the job, with its defaults'),
  candidates: described(listOf(candidate), 'in the order in which they are tried'),
  refused: described(listOf(z.string()), 'types and markets that cannot be tried, and why'),
  codeBytes: maybe(whole('size of the code package')),
  data: maybe(described(z.record(z.string(), z.unknown()), '`checked`, and what is known of the data')),
});
const prediction = described(
  z.record(z.string(), z.unknown()),
  'model, bindings of columns, outputs and fields of each row',
);
const queryPlan = answer({
  kind: z.literal('infer'),
  query,
  columns: maybe(
    described(
      listOf(z.strictObject({ name: z.string(), type: z.string() })),
      'what the query gives; absent where its warehouse is not on this machine',
    ),
  ),
  prediction: maybe(described(prediction, 'as decided by the first rows of the query')),
});
const inferPlan = answer({
  kind: z.literal('infer'),
  prediction,
  onError: described(z.record(z.string(), z.unknown()), 'class → what becomes of rows that fail so, and how many may'),
  inputs: described(
    listOf(z.strictObject({ uri: z.string(), sizeBytes: z.int(), format: z.string() })),
    'what is read',
  ),
  partitions: described(listOf(z.strictObject({ sizeBytes: z.int(), batches: z.int() })), 'the largest first'),
  skipped,
});

const starter = z.strictObject({ kind: text('what to give to `init`'), about: text('what it is') });
const finding = z.strictObject({ name: z.string(), ok: z.boolean(), detail: z.string() });

/** What a command prints when it failed. */
export const FAILURE = z.strictObject({
  ok: described(z.literal(false), 'the command failed'),
  code: text('a code of errors.md, or BUG'),
  message: text('what was expected, what was got, and where'),
  remedy: text('what to do'),
  kind: maybe(kind),
  runs: maybe(runs),
  history: maybe(history),
  logs: maybe(text('folder of the logs')),
  report: maybe(report),
});

/** Words of a command → what its last line holds; a command that can answer in several ways has one schema for each. */
export const ANSWERS: Readonly<Record<string, readonly z.ZodMiniType[]>> = {
  init: [
    answer({ kind: text('what was begun with'), files: listOf(z.string()), next: text('the command that runs it') }),
    answer({ kinds: described(listOf(starter), 'without a kind: what there is') }),
  ],
  train: [summary, detached],
  infer: [summary, detached],
  pipeline: [summary],
  stream: [
    answer({
      stream: text('name of the stream'),
      folder: text('where the predictions are'),
      records: whole('files that were answered'),
      rows: whole('their rows'),
      dead: whole('files that were set aside'),
      before: whole('files that were answered when the command was started'),
      rowsPerSecond: whole('from the first to the last answer'),
      lagMs: whole('from the end of the writing of a file to its answer, of the last one'),
    }),
    answer({
      installed: z.strictObject({
        name: text('name of the stream'),
        model: text('what it predicts with'),
        arrivals: text('what is put here is a record'),
      }),
    }),
  ],
  serve: [answer({ served: servedJob })],
  served: [answer({ served: described(listOf(servedJob), 'in the order of names') })],
  unserve: [answer({ unserved: text('name of the job') })],
  plan: [trainPlan, inferPlan, queryPlan],
  status: [answer({ runs: described(listOf(runLine), 'the newest first') })],
  attach: [summary],
  resume: [summary],
  logs: [
    answer({
      lines: described(listOf(z.union([taskLine, functionLine])), 'empty with `-f`: each line comes by itself'),
    }),
  ],
  report: [answer({ runId, report })],
  compare: [
    answer({
      runs,
      figures: described(
        z.record(z.string(), listOf(z.nullable(z.union([z.string(), z.number()])))),
        'name → a value for each run, null where it has none',
      ),
    }),
  ],
  cancel: [message],
  replay: [summary],
  read: [
    answer({
      runId,
      dead: whole('rows that were set aside'),
      some: described(
        listOf(
          z.strictObject({
            object: z.string(),
            block: z.int(),
            row: z.int(),
            class: z.string(),
            code: z.string(),
            message: z.string(),
          }),
        ),
        'the first of them, with `--dead` and without `--to`',
      ),
    }),
    answer({ runId, file: text('the file that was written'), rows: whole('its rows') }),
  ],
  verify: [
    answer({ runId, parts: whole('parts of the run'), rows: whole('rows of all parts') }),
    z.strictObject({ ok: z.literal(false), runId, problem: text('what is wrong first') }),
  ],
  dashboard: [answer({}), answer({ url: text('printed first: the address of the page') })],
  models: [answer({ models: listOf(model) })],
  'models rm': [removed],
  'models prune': [removed],
  completion: [answer({ script: text('what the shell evaluates') })],
  'runs rm': [removed],
  doctor: [z.strictObject({ ok: flag('whether all is well'), findings: listOf(finding) })],
  'local up': [
    answer({}),
    answer({
      pid: whole('printed first: the process that holds the cloud'),
      startedAt: number('milliseconds since 1970'),
      shared: z.literal(true),
      env: described(z.record(z.string(), z.string()), 'endpoints, region and keys'),
      outputs: described(z.record(z.string(), z.string()), 'outputs of the stack'),
      fleetControlUrl: text('control API of the fleet emulator'),
      offersDir: maybe(text('folder by which commands of this machine hand over files without a copy')),
      warehouse: maybe(text('folder of the warehouse')),
      variables,
    }),
  ],
  'local env': [answer({ variables })],
  'local down': [message],
};
