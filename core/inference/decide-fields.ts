/**
 * What the outputs of a model mean. It decides from the job, from what the model declares, and from what it gave for a
 * few real rows; what may mean one thing or another it refuses, with the lines that would say which.
 */
import { LockstepError } from '../errors.ts';
import type { OnnxPredict } from '../job/job.ts';
import { orMeant } from '../job/nearest.ts';
import { inputText, type ModelSignature } from './bind.ts';
import { isLabelling, looksLikeShares } from './label-agreement.ts';
import { type ModelOutput, type ModelOutputs, widthOf } from './model-output.ts';
import { type LabelType, type OnnxFields, predictionFields, type ScoresUse, type ValueUse } from './onnx-fields.ts';
import type { Scalar } from './prediction.ts';

export interface OutputsDecision {
  readonly model: ModelSignature;
  readonly predict: OnnxPredict;
  /** What the model gave for some rows of the input: every output that is a tensor. */
  readonly sample: ModelOutputs;
}

/** LS_OUTPUTS_UNCLEAR names what the model has, and what to write. */
export function decideFields(decision: OutputsDecision): OnnxFields {
  const fields = chooseFields(decision);
  const names = predictionFields(fields).map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return fields;
  const output = decision.predict.outputs?.[twice];
  const remedy = say({ outputs: { [`${twice}_2`]: output } });
  throw unclear(`\`predict.outputs.${twice}\` has the name of a field that label and scores take; ${remedy}`);
}

function chooseFields(decision: OutputsDecision): OnnxFields {
  const { predict } = decision;
  const passed = Object.entries(predict.outputs ?? {}).map(([field, output]) => valueUse(decision, field, output));
  const asks = asksForScores(predict) || predict.label !== undefined;
  if (passed.length > 0 && !asks) return { values: passed };
  const label = labelUse(decision);
  const scores = scoresUse(decision, label);
  if (label || scores) return { ...(label && { label }), ...(scores && { scores }), values: passed };
  return { values: [soleValue(decision)] };
}

/** Whether the job itself says that there are class scores. */
const asksForScores = ({ kernel, scores, softmax, classes, top, all }: OnnxPredict): boolean =>
  kernel !== undefined || scores !== undefined || softmax || classes !== undefined || top !== undefined || all === true;

const LABEL_TYPES: Readonly<Record<string, LabelType>> = { int32: 'int32', int64: 'int64', string: 'utf8' };

function labelUse({ model, predict, sample }: OutputsDecision): OnnxFields['label'] {
  const fits = Object.entries(sample).filter(([, output]) => LABEL_TYPES[output.type] && widthOf(output) === 1);
  const wanted = predict.label;
  const found = wanted === undefined ? fits : fits.filter(([name]) => name === wanted);
  const [first] = found;
  if (wanted !== undefined && !first) {
    throw unclear(
      `\`predict.label\` wants \`${wanted}\` with one integer or text a row, the model has ${has(model)}${orMeant(wanted, outputNames(model))}`,
    );
  }
  if (!first) return undefined;
  if (found.length === 1) return { output: first[0], type: LABEL_TYPES[first[1].type] as LabelType };
  const names = found.map(([name]) => name);
  throw unclear(
    `the model has several outputs that could be its label: ${names.join(', ')}; ${say({ label: names[0] })}`,
  );
}

function scoresUse(decision: OutputsDecision, label: OnnxFields['label']): ScoresUse | undefined {
  const { model, predict, sample } = decision;
  const output = scoresOutput(decision, label !== undefined);
  if (output === undefined) return undefined;
  const given = sample[output] as ModelOutput;
  const width = widthOf(given);
  const classes = predict.classes ?? (model.classes?.length === width ? model.classes : undefined);
  if (classes && classes.length !== width) {
    throw unclear(`\`predict.classes\` names ${classes.length} classes, \`${output}\` has ${width} scores a row`);
  }
  const { softmax, top = 0, all = false } = predict;
  if (top > width) throw unclear(`\`predict.top\` is ${top}, \`${output}\` has ${width} scores a row`);
  const type = given.type === 'float64' ? 'float64' : 'float32';
  const use = { output, type, width, softmax, ...(classes && { classes }), top, all } as const;
  checkMeaning(decision, use, label);
  return use;
}

/** Refuses scores that cannot stand beside the label, or that nobody has called scores and that do not look like it. */
function checkMeaning({ predict, sample, model }: OutputsDecision, use: ScoresUse, label: OnnxFields['label']): void {
  const { output, width } = use;
  const scores = sample[output] as ModelOutput;
  if (predict.softmax && scores.dims[0] !== 0 && looksLikeShares(scores)) {
    throw unclear(`the rows of \`${output}\` are shares already, \`predict.softmax\` would flatten them; leave it out`);
  }
  if (!label) {
    if (asksForScores(predict) || looksLikeShares(scores)) return;
    const what = `the model gives ${width} numbers a row in \`${output}\`, which may be class scores or a vector`;
    const remedy = `${say({ kernel: 'argmax' })} or ${say({ outputs: { vector: output } })}`;
    throw unclear(`${what}; the model has ${has(model)}; ${remedy}`);
  }
  if (predict.scores !== undefined && use.classes) return;
  const disagreement = isLabelling(sample[label.output] as ModelOutput, scores, use.classes);
  if (disagreement === undefined) return;
  const remedy = use.classes
    ? say({ label: label.output })
    : `${say({ label: label.output })} or ${say({ classes: '[the names of the classes, in the order of the scores]' })}`;
  throw unclear(`the scores \`${output}\` do not go with the label \`${label.output}\`: ${disagreement}; ${remedy}`);
}

function scoresOutput({ model, predict, sample }: OutputsDecision, hasLabel: boolean): string | undefined {
  const fits = Object.entries(sample).filter(([, output]) => isScores(output));
  const wanted = predict.scores;
  if (wanted !== undefined) {
    if (fits.some(([name]) => name === wanted)) return wanted;
    throw unclear(
      `\`predict.scores\` wants \`${wanted}: float32[N,classes]\`, the model has ${has(model)}${orMeant(wanted, outputNames(model))}`,
    );
  }
  // A job that names the label and nothing else wants nothing else.
  if (predict.label !== undefined && !asksForScores(predict)) return undefined;
  const names = fits.map(([name]) => name);
  if (names.length === 1) return names[0];
  if (names.length > 1) {
    const choice = `name one: ${say({ scores: names[0] })}, or take them as they are: ${say({ outputs: asTheyAre(names) })}`;
    throw unclear(`several outputs of the model could be class scores: ${has(model)}; ${choice}`);
  }
  if (hasLabel && predict.kernel === undefined && predict.top === undefined && predict.all !== true) return undefined;
  if (!asksForScores(predict)) return undefined;
  const floats = Object.entries(sample).filter(([, output]) => VALUE_TYPES[output.type]);
  const remedy = floats.length > 0 ? say({ outputs: asTheyAre(floats.map(([name]) => name)) }) : say({ label: '…' });
  const why = 'arg max wants an output `float32[N,classes]` with two scores or more';
  throw unclear(`${why}, the model has ${has(model)}; ${remedy}`);
}

const isScores = (output: ModelOutput): boolean =>
  /^float(16|32|64)$/.test(output.type) && output.dims.length === 2 && widthOf(output) > 1;

/** Outputs that can be passed on, and as what. */
const VALUE_TYPES: Readonly<Record<string, Scalar>> = {
  bool: 'bool',
  int32: 'int32',
  int64: 'int64',
  float16: 'float32',
  float32: 'float32',
  float64: 'float64',
  string: 'utf8',
};

/** The only output, passed on: one value a row is called `value`, more are a `vector`. */
function soleValue(decision: OutputsDecision): ValueUse {
  const { sample, model } = decision;
  const names = Object.keys(sample).filter((name) => VALUE_TYPES[sample[name]?.type ?? '']);
  const [name] = names;
  if (name !== undefined && names.length === 1) {
    return valueUse(decision, widthOf(sample[name] as ModelOutput) === 1 ? 'value' : 'vector', name);
  }
  throw unclear(`what a row gets is not clear: the model has ${has(model)}; ${say({ outputs: asTheyAre(names) })}`);
}

function valueUse({ model, sample }: OutputsDecision, field: string, output: string): ValueUse {
  const given = sample[output];
  if (!given) throw unclear(`\`predict.outputs.${field}\` names \`${output}\`, the model has ${has(model)}`);
  const type = VALUE_TYPES[given.type];
  if (!type)
    throw unclear(`\`predict.outputs.${field}\`: ${given.type} cannot be written, the model has ${has(model)}`);
  const dims = widthOf(given) === 1 ? [] : given.dims.slice(1);
  return { field, output, type, dims };
}

const asTheyAre = (names: readonly string[]) => Object.fromEntries(names.map((name) => [fieldName(name), name]));
const fieldName = (output: string): string => output.replace(/\W+/g, '_');

/** The lines of a job that would decide, on one line of YAML. */
const say = (predict: Readonly<Record<string, unknown>>): string => {
  const text = (value: unknown): string =>
    typeof value === 'object' && value !== null
      ? `{ ${Object.entries(value)
          .map(([key, each]) => `${key}: ${text(each)}`)
          .join(', ')} }`
      : String(value);
  return `write \`predict: ${text(predict)}\``;
};

const has = ({ outputs }: ModelSignature): string =>
  outputs.map((output) => `\`${inputText(output)}\``).join(', ') || 'no outputs';

/** Names of the outputs of the model. */
const outputNames = ({ outputs }: OutputsDecision['model']): readonly string[] => outputs.map(({ name }) => name);

const unclear = (message: string): LockstepError => new LockstepError('LS_OUTPUTS_UNCLEAR', message);
