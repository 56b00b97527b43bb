/** Which outputs of a model become which fields of the prediction: decided when a run is planned, and kept in the plan. */
import type { ClassName } from './bind.ts';
import type { PredictionField, Scalar, ValueType } from './prediction.ts';

export interface OnnxFields {
  /** Output with the label of each row; undefined where the label is the arg max of the scores, or there is none. */
  readonly label?: { readonly output: string; readonly type: LabelType };
  readonly scores?: ScoresUse;
  /** Outputs that are passed on as they are, by the name of their field. */
  readonly values: readonly ValueUse[];
}

export type LabelType = 'int32' | 'int64' | 'utf8';

export interface ScoresUse {
  readonly output: string;
  readonly type: 'float32' | 'float64';
  /** Scores a row. */
  readonly width: number;
  readonly softmax: boolean;
  /**
   * The class of each score. Where it is not known, a class is the index of its score; a label of the model that does not
   * have the largest score then shows that it is not.
   */
  readonly classes?: readonly ClassName[];
  /** How many of the best are listed; 0 for no list. */
  readonly top: number;
  /** Whether every score is kept. */
  readonly all: boolean;
}

export interface ValueUse {
  readonly field: string;
  readonly output: string;
  readonly type: Scalar;
  /** Dimensions behind the rows; none for one value a row. */
  readonly dims: readonly number[];
}

/** Label, score, the best ones, all scores, then the outputs that are passed on. */
export function predictionFields({ label, scores, values }: OnnxFields): PredictionField[] {
  const labelType = label?.type ?? (scores ? classType(scores.classes) : undefined);
  const labelField = labelType && field('label', labelType);
  const scoreField = scores && field('score', scores.type);
  const pair = scores && [field('label', classType(scores.classes)), field('score', scores.type)];
  return [
    ...(labelField ? [labelField] : []),
    ...(scoreField ? [scoreField] : []),
    ...(scores && pair && scores.top > 0 ? [field('top', { list: scores.top, of: { struct: pair } })] : []),
    ...(scores?.all ? [field('scores', { list: scores.width, of: scores.type })] : []),
    ...values.map(({ field: name, type, dims }) => field(name, nested(type, dims))),
  ];
}

/** Names of the outputs that are read. */
export const outputsOf = ({ label, scores, values }: OnnxFields): string[] => [
  ...new Set([label, scores, ...values].flatMap((use) => (use ? [use.output] : []))),
];

/** Type of the label that an index of the scores stands for. */
export const classType = (classes: readonly ClassName[] | undefined): LabelType => {
  if (!classes) return 'int32';
  return classes.every((name) => typeof name === 'number') ? 'int64' : 'utf8';
};

const nested = (type: Scalar, dims: readonly number[]): ValueType =>
  dims.reduceRight<ValueType>((of, list) => ({ list, of }), type);

const field = (name: string, type: ValueType): PredictionField => ({ name, type, nullable: false });

/** `label: \`label\`; scores: softmax of \`probs\`, of the classes 10, 20, 30` */
export function outputsText({ label, scores, values }: OnnxFields): string {
  const classes = scores?.classes ? `, of the classes ${scores.classes.join(', ')}` : '';
  return [
    ...(label ? [`label: \`${label.output}\``] : scores ? ['label: the class with the largest score'] : []),
    ...(scores ? [`scores: ${scores.softmax ? 'softmax of ' : ''}\`${scores.output}\`${classes}`] : []),
    ...values.map(({ field: name, output }) => `${name}: \`${output}\``),
  ].join('; ');
}
