/** Outputs of a model for some rows → the values of the fields of their predictions. */
import { type Column, copyValues, type NewColumn, newColumn } from './columns.ts';
import type { ModelOutputs } from './model-output.ts';
import type { OnnxFields, ValueUse } from './onnx-fields.ts';
import type { Values } from './prediction.ts';
import { type AddRows, scoreColumns } from './score-columns.ts';
import { notFinite, takeOutput } from './take-output.ts';

/** Takes the outputs of one call after another, then gives the values of all rows. */
export interface PredictionCollector {
  /** `rows` rows from row `at` on. LS_NOT_FINITE, or LS_PREDICTION_FAILED for outputs that are not one row a row. */
  add(outputs: ModelOutputs, at: number, rows: number): void;
  /** In the order of `predictionFields`, the labels and the scores of `top` one after the other. */
  readonly values: readonly Values[];
}

/** Collects the fields of `rows` rows. */
export function collector(fields: OnnxFields, rows: number): PredictionCollector {
  const columns: Column[] = [];
  const column: NewColumn = (type, width = 1) => {
    const made = newColumn(type, rows * width);
    columns.push(made);
    return made as never;
  };
  const { label, scores } = fields;
  const steps = [
    ...(scores ? scoreColumns(label, scores, column) : label ? [labelAlone(label, column)] : []),
    ...fields.values.map((use) => passedOn(use, column)),
  ];
  return {
    values: columns,
    add(outputs, at, count) {
      for (const add of steps) add(outputs, at, count);
    },
  };
}

function labelAlone({ output, type }: NonNullable<OnnxFields['label']>, column: NewColumn): AddRows {
  const labels = column<Column>(type);
  return (outputs, at, rows) => copyValues(labels, takeOutput(outputs, output, { rows, width: 1 }), at);
}

function passedOn({ output, type, dims }: ValueUse, column: NewColumn): AddRows {
  const width = dims.reduce((product, dim) => product * dim, 1);
  const values = column<Column>(type, width);
  return (outputs, at, rows) => {
    const given = takeOutput(outputs, output, { rows, width });
    if (given instanceof Float32Array || given instanceof Float64Array) {
      const bad = given.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) throw notFinite(`${given[bad]} in \`${output}\``, at + Math.floor(bad / width));
    }
    copyValues(values, given, at * width);
  };
}
