/** Class scores of a model → the columns of label, score, the best few and all of them. */
import { LockstepError } from '../errors.ts';
import { argmax, largestOf, softmaxSum, topOf } from './argmax.ts';
import type { ClassName } from './bind.ts';
import { type Column, copyValues, type NewColumn } from './columns.ts';
import type { ModelOutputs } from './model-output.ts';
import { classType, type OnnxFields, type ScoresUse } from './onnx-fields.ts';
import { type Floats, takeOutput } from './take-output.ts';

/** Takes `rows` rows of outputs, which are the rows from `at` on. */
export type AddRows = (outputs: ModelOutputs, at: number, rows: number) => void;

/** One step for each field or two that label and scores become; the columns are made in the order of the fields. */
export function scoreColumns(label: OnnxFields['label'], scores: ScoresUse, column: NewColumn): AddRows[] {
  const labels = column<Column>(label?.type ?? classType(scores.classes));
  const best = column<Floats>(scores.type);
  const pair = { labels, best };
  return [
    label ? labelled(label.output, pair, scores) : byArgmax(pair, scores),
    ...(scores.top > 0 ? [topScores(scores, column)] : []),
    ...(scores.all ? [allScores(scores, column<Floats>(scores.type, scores.width))] : []),
  ];
}

interface LabelAndScore {
  readonly labels: Column;
  readonly best: Floats;
}

/** The label is the class with the largest score. */
function byArgmax({ labels, best }: LabelAndScore, use: ScoresUse): AddRows {
  const { width, softmax } = use;
  const names = classLabels(use.classes);
  const indexes = names ? new Int32Array(labels.length) : (labels as Int32Array);
  return (outputs, at, rows) => {
    argmax(scoresOf(outputs, use, rows), width, { labels: indexes, scores: best, at, softmax });
    if (names) for (let row = at; row < at + rows; row++) labels[row] = names[indexes[row] as number] as never;
  };
}

/** The label is the model's, the score is the one of its class. */
function labelled(output: string, { labels, best: scores }: LabelAndScore, use: ScoresUse): AddRows {
  const { width, softmax } = use;
  const names = classLabels(use.classes);
  const indexes = names && new Map(names.map((name, index) => [String(name), index]));
  return (outputs, at, rows) => {
    const given = takeOutput(outputs, output, { rows, width: 1 });
    const values = scoresOf(outputs, use, rows);
    copyValues(labels, given, at);
    for (let row = 0, from = 0; row < rows; row++, from += width) {
      const label = given[row] as bigint | number | string;
      const index = indexes ? (indexes.get(String(label)) ?? width) : Number(label);
      const best = largestOf(values, from, width, at + row);
      const score = index < width ? values[from + index] : undefined;
      if (score === undefined || (!names && score !== best)) throw unknownClass(label, { row: at + row, use });
      scores[at + row] = softmax ? Math.exp(score - best) / softmaxSum(values, from, width, best) : score;
    }
  };
}

function topScores(use: ScoresUse, column: NewColumn): AddRows {
  const { width, softmax, top } = use;
  const labels = column<Column>(classType(use.classes), top);
  const scores = column<Floats>(use.type, top);
  const names = classLabels(use.classes);
  return (outputs, at, rows) => {
    const values = scoresOf(outputs, use, rows);
    for (let row = 0, from = 0, to = at * top; row < rows; row++, from += width) {
      const best = largestOf(values, from, width, at + row);
      const sum = softmax ? softmaxSum(values, from, width, best) : 1;
      for (const index of topOf(values, from, { classes: width, top })) {
        const value = values[from + index] as number;
        labels[to] = (names ? names[index] : index) as never;
        scores[to++] = softmax ? Math.exp(value - best) / sum : value;
      }
    }
  };
}

function allScores(use: ScoresUse, scores: Floats): AddRows {
  const { width, softmax } = use;
  return (outputs, at, rows) => {
    const values = scoresOf(outputs, use, rows);
    copyValues(scores, values, at * width);
    for (let row = 0, from = 0; row < rows; row++, from += width) {
      const best = largestOf(values, from, width, at + row);
      if (!softmax) continue;
      const [sum, to] = [softmaxSum(values, from, width, best), at * width + from];
      for (let i = 0; i < width; i++) scores[to + i] = Math.exp((values[from + i] as number) - best) / sum;
    }
  };
}

const scoresOf = (outputs: ModelOutputs, { output, width }: ScoresUse, rows: number): Floats =>
  takeOutput(outputs, output, { rows, width }) as Floats;

/** The classes as values of their column: integers of 64 bits are bigints. */
const classLabels = (classes: readonly ClassName[] | undefined): readonly (bigint | string)[] | undefined =>
  classes && classType(classes) === 'int64' ? classes.map((name) => BigInt(name)) : classes?.map(String);

function unknownClass(label: bigint | number | string, { row, use }: { row: number; use: ScoresUse }): LockstepError {
  const why = use.classes
    ? `is none of the classes ${use.classes.join(', ')}`
    : `does not have the largest of its ${use.width} scores, so it is no index into them; name the classes in \`predict.classes\``;
  return new LockstepError('LS_PREDICTION_FAILED', `the label ${label} ${why} (row ${row} of a record batch)`);
}
