/** The job document, as a user writes it in YAML or JSON: the only definition of it, from which docs/job.schema.json is made. */
import * as z from 'zod/mini';
import { GANG_DEFAULTS, INFER_LIMITS, LONGEST_RUN_S, LONGEST_WAIT_S, TRAIN_LIMITS } from '#core/job/defaults.ts';
import {
  count,
  described,
  exactlyOne,
  list,
  mapping,
  name,
  oneOrMore,
  passable,
  seconds,
  secretVariables,
  text,
  variables,
} from './fields.ts';
import { compute, hosts, hostsWhereTheyPredict } from './hosts-schema.ts';
import { inferInput, inferOutput, modelColumns, nullsOfInputs, warehouseQuery } from './input-schema.ts';
import { onError } from './on-error-schema.ts';
import { columnsOfModels, kindOfFile, kindOfPublished, nullsOfModels } from './predict-rules.ts';
import { predict } from './predict-schema.ts';
import { streamShape } from './stream-schema.ts';

const MIB = 1024 * 1024;

const data = z
  .strictObject({
    sql: z.optional(warehouseQuery('each row of its result is one example.')),
    s3: z.optional(
      z.strictObject({
        uri: described(z.string().check(z.regex(/^s3:\/\/[^/]+\/?/, 'an s3:// address')), 'Object or prefix.'),
        format: z.optional(
          described(z.enum(['parquet', 'arrow']), 'Refuses objects of another format. Default: either.'),
        ),
      }),
    ),
  })
  .check(exactlyOne('sql', 's3'));

const gang = z.strictObject({
  hosts: count({ min: 1, max: 512 }, 'Hosts of the gang: all of them or none.'),
  tasksPerHost: z._default(count({ min: 1, max: 64 }, 'Tasks a host.'), GANG_DEFAULTS.tasksPerHost),
  perTask: z._default(
    z.strictObject({
      gpu: described(
        z.number().check(z.gte(0), z.lte(64)),
        'Accelerators a task: whole, or a fraction below 1 to share one between tasks; 0 for none.',
      ),
    }),
    GANG_DEFAULTS.perTask,
  ),
  launch: z._default(
    described(
      z.enum(['perTask', 'perHost']),
      'perHost: the command is a launcher such as torchrun, started once a host; it starts tasksPerHost processes itself.',
    ),
    'perTask',
  ),
  instanceTypes: oneOrMore('EC2 instance types, the preferred one first.'),
  zones: z._default(list('Zones to try, in order. Empty: every zone of the deployment.'), []),
  markets: z._default(
    described(
      z.array(z.enum(['capacity-block', 'reservation', 'spot', 'on-demand'])).check(z.minLength(1)),
      'Ways to buy a host, tried in order.',
    ),
    [...GANG_DEFAULTS.markets],
  ),
  priority: z._default(count({ min: 0, max: 100 }, 'Higher is admitted first.'), GANG_DEFAULTS.priority),
});

const python = z
  .strictObject({
    requirements: z.optional(
      text('Requirements file beside the job file; what it names of this folder travels with it.'),
    ),
    packages: z.optional(
      described(
        z.array(passable.check(z.regex(/^[^-\s]/, 'a requirement as pip takes it, and no option'))),
        'Requirements as pip takes them, wheels beside the job file among them.',
      ),
    ),
    version: z.optional(
      described(
        z.string().check(z.regex(/^3\.\d{1,2}(\.\d{1,2})?$/, 'a version such as "3.11", in quotation marks')),
        'Python that the hosts must have. Default: their python3.',
      ),
    ),
  })
  .check(
    z.refine(
      ({ requirements, packages }) => requirements !== undefined || packages !== undefined,
      'requirements or packages, or both',
    ),
  );

const task = z
  .strictObject({
    module: z.optional(text('TypeScript or JavaScript module that every task runs, beside the job file.')),
    command: z.optional(oneOrMore('Command line that every task runs, in the folder of the job file.')),
    files: z._default(
      list('Further files and folders that the tasks need, beside the job file; "!x" leaves x out of them.'),
      [],
    ),
    env: z._default(variables('Environment variables of the tasks; PATH and PYTHONPATH are put in front.'), {}),
    secrets: z.optional(
      secretVariables(
        'Variables of the tasks whose values are kept elsewhere: `ssm:NAME`, `secretsmanager:NAME` or `secretsmanager:NAME#KEY`.',
      ),
    ),
    visibility: z._default(
      described(
        z.enum(['host', 'own']),
        'Accelerators that a task sees: those of all tasks of its host, the one of local rank r at position r, or its own.',
      ),
      'host',
    ),
    python: z.optional(
      described(
        python,
        'A Python environment with these packages and no others, made on each host before its tasks start.',
      ),
    ),
  })
  .check(exactlyOne('module', 'command'));

const isExit = (key: string): boolean =>
  /^SIG[A-Z]+[0-9]*$/.test(key) || (/^[1-9]\d{0,2}$/.test(key) && Number(key) <= 255);

const restarts = count({ min: 0, max: 1000 }, 'Restarts of the gang that failures of this kind may cost.');

const trainLimits = z
  .strictObject({
    maxDurationS: z._default(seconds('Longest time of the run, in seconds.', LONGEST_RUN_S), TRAIN_LIMITS.maxDurationS),
    maxQueueS: z._default(seconds('Longest wait for hosts, in seconds.', LONGEST_WAIT_S), TRAIN_LIMITS.maxQueueS),
    formTimeoutS: z._default(
      seconds('From launch until every host has joined, in seconds.'),
      TRAIN_LIMITS.formTimeoutS,
    ),
    barrierTimeoutS: z._default(seconds('Deadline of a barrier, in seconds.'), TRAIN_LIMITS.barrierTimeoutS),
    graceS: z._default(seconds('From SIGTERM to SIGKILL, in seconds.', 600), TRAIN_LIMITS.graceS),
    checkpoints: z._default(
      count({ min: 1, max: 1000 }, 'Checkpoints that are kept, the newest ones.'),
      TRAIN_LIMITS.checkpoints,
    ),
    exitSpreadS: z._default(seconds('How far apart tasks may end well, in seconds.'), TRAIN_LIMITS.exitSpreadS),
    stallS: z.optional(
      seconds(
        'A task that reported progress, and then none for so many seconds, is ended as stalled. Default: none is.',
      ),
    ),
    stallLog: z.optional(
      text(
        'With stallS: a line of the log that has this, `*` for anything between, is progress, as long as it is another than before. Default: what task.progress says alone.',
      ),
    ),
    exitCodes: z._default(
      described(
        z
          .record(z.string(), z.enum(['fail', 'user', 'infrastructure']))
          .check(
            z.refine(
              (all) => Object.keys(all).every(isExit),
              'exit codes from 1 to 255 and names of signals such as SIGKILL',
            ),
          ),
        'Exit code or signal to what it means: fail ends the run, user or infrastructure is what a restart is charged to.',
      ),
      {},
    ),
    restarts: z._default(
      z.strictObject({
        user: z._default(restarts, TRAIN_LIMITS.restarts.user),
        infrastructure: z._default(restarts, TRAIN_LIMITS.restarts.infrastructure),
        preemption: z._default(restarts, TRAIN_LIMITS.restarts.preemption),
      }),
      { ...TRAIN_LIMITS.restarts },
    ),
  })
  .check(
    z.refine(({ stallS, stallLog }) => stallLog === undefined || stallS !== undefined, {
      error: '`stallS` beside `stallLog`: for how long no such line may come',
    }),
  );

const inferLimits = z.strictObject({
  partitionBytes: z._default(
    count({ min: MIB / 16, max: 4096 * MIB }, 'Decoded bytes a partition.'),
    INFER_LIMITS.partitionBytes,
  ),
  microBatchRows: z._default(
    count({ min: 1, max: 1_000_000 }, 'Most rows handed to the model at once.'),
    INFER_LIMITS.microBatchRows,
  ),
  maxConcurrency: z._default(
    count({ min: 1, max: 1000 }, 'Most partitions in work at once.'),
    INFER_LIMITS.maxConcurrency,
  ),
});

const local = z.strictObject({
  warehouse: z.optional(text('Folder of the local warehouse: <database>/<table>.parquet.')),
  prepare: z.optional(oneOrMore('Command that makes the data if it is missing, run in the folder of the job file.')),
  capacity: z.optional(
    described(
      z.record(z.string(), z.int().check(z.gte(0))),
      'Hosts of a pool of the local fleet: "<type>/<zone>/<market>" to a number.',
    ),
  ),
});

export const trainDocument = z.strictObject({
  kind: z.literal('train'),
  name: name('Name of the job.'),
  data: z.optional(data),
  gang,
  task,
  limits: z.prefault(trainLimits, {}),
  publish: z.optional(name('Publish the model under this name. Default: the name of the job.')),
  local: z.optional(local),
});

export const inferDocument = z
  .strictObject({
    kind: z.literal('infer'),
    name: name('Name of the job.'),
    model: text(
      'What predicts, as `predict.kind` says. ONNX file: beside the job file, s3://…, or published:<name> for what a training run published last. Module: a .ts or .js file beside the job file. Python: a .py file beside the job file.',
    ),
    input: inferInput,
    columns: z._default(modelColumns, {}),
    nulls: z.optional(nullsOfInputs),
    predict: z.prefault(predict, {}),
    output: z.prefault(inferOutput, {}),
    onError: z.optional(onError),
    compute,
    hosts: z.optional(hosts),
    limits: z.prefault(inferLimits, {}),
    local: z.optional(local),
  })
  .check(columnsOfModels, nullsOfModels, kindOfPublished, kindOfFile, hostsWhereTheyPredict);

const evaluate = z.strictObject({
  label: text('Column of the input that holds the true label.'),
  where: z._default(mapping('Column to value that a row must have to count.'), {}),
});

export const pipelineDocument = z.strictObject({
  kind: z.literal('pipeline'),
  name: name('Name of the job.'),
  train: text('Job file of the training.'),
  infer: text('Job file of the inference; its input becomes the batch, its model the one just published.'),
  evaluate: z.optional(evaluate),
  local: z.optional(local),
});

export const streamDocument = z
  .strictObject({ ...streamShape, local: z.optional(local) })
  .check(columnsOfModels, kindOfPublished, kindOfFile);

export const DOCUMENTS = {
  train: trainDocument,
  infer: inferDocument,
  pipeline: pipelineDocument,
  stream: streamDocument,
} as const;

export type Kind = keyof typeof DOCUMENTS;

export const jobKinds = Object.keys(DOCUMENTS) as readonly Kind[];
export type TrainDocument = z.infer<typeof trainDocument>;
export type InferDocument = z.infer<typeof inferDocument>;
export type PipelineDocument = z.infer<typeof pipelineDocument>;
export type StreamDocument = z.infer<typeof streamDocument>;

/** The whole, as JSON Schema for editors. */
export function jobJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(
    z.discriminatedUnion('kind', [trainDocument, inferDocument, pipelineDocument, streamDocument]),
    { io: 'input' },
  );
  return { $schema, title: 'Lockstep job', ...schema };
}
