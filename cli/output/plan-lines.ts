import { outputsText } from '#core/inference/onnx-fields.ts';
import type { InferencePlan, OnnxPrediction, ProgramPrediction } from '#core/inference/plan.ts';
import { fieldText, lackable } from '#core/inference/prediction.ts';
import type { NullPolicy } from '#core/job/job.ts';
import { keepsRows } from '#core/job/row-policy.ts';
import { showBytes } from './bytes.ts';
import { counted } from './counted.ts';
import { policyLines } from './policy-lines.ts';

/** What a plan comes to, for machines. */
export const planFigures = ({ prediction, inputs, partitions, job }: InferencePlan) => ({
  prediction,
  onError: job.onError,
  inputs: inputs.map(({ uri, sizeBytes, format }) => ({ uri, sizeBytes, format })),
  partitions: partitions.map(({ sizeBytes, slices }) => ({
    sizeBytes,
    batches: slices.reduce((sum, { blocks }) => sum + blocks.length, 0),
  })),
});

const TAIL = { pad: 'padded', refuse: 'refused where they do not fill one' } as const;

const bindingLines = ({ bindings }: OnnxPrediction): readonly string[] =>
  bindings.map(({ input, element, dims, columns, nulls }) => {
    const from = columns.map((name, i) => `${name}${nullText(nulls?.[i])}`);
    return `  ${input}: ${element}[${['N', ...dims].join(', ')}] from ${from.join(', ')}`;
  });

function nullText(policy: NullPolicy = 'error'): string {
  if (policy === 'error') return '';
  return ` (null is ${typeof policy === 'string' ? 'NaN' : JSON.stringify(policy.value)})`;
}

const CALLED = { onnx: 'model', module: 'module', python: 'program' } as const;

const programLines = (prediction: ProgramPrediction): readonly string[] => [
  ...(prediction.kind === 'python' ? [`  run by ${prediction.python}`] : []),
  `  given the columns ${prediction.columns.join(', ')}`,
];

const outputLines = ({ outputs, exact }: OnnxPrediction): readonly string[] => [
  `  outputs: ${outputsText(outputs)}`,
  ...(exact ? [`  exactly ${exact.rows} rows a call, the last rows of a record batch ${TAIL[exact.tail]}`] : []),
];

/** What predicts, what it is given and what each row gets. */
export function predictionLines({ prediction, job }: InferencePlan): readonly string[] {
  const { kind, model, fields } = prediction;
  return [
    `${CALLED[kind]} ${model.uri}, ${showBytes(model.sizeBytes)}`,
    ...(kind === 'onnx' ? bindingLines(prediction) : programLines(prediction)),
    `  ${job.predict.as}: ${(keepsRows(job.onError) ? lackable(fields) : fields).map(fieldText).join(', ')}`,
    ...(kind === 'onnx' ? outputLines(prediction) : []),
    ...policyLines(job.onError),
  ];
}

/** The whole plan, for people. */
export function planLines(plan: InferencePlan): readonly string[] {
  const { inputs, partitions } = planFigures(plan);
  return [
    ...predictionLines(plan),
    `${counted(inputs.length, 'input')}, ${showBytes(inputs.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))}`,
    `${counted(partitions.length, 'partition')}, the largest first:`,
    ...partitions.map(
      ({ sizeBytes, batches }, i) =>
        `  ${i}: ${batches} record batch${batches === 1 ? '' : 'es'}, ${showBytes(sizeBytes)}`,
    ),
  ];
}
