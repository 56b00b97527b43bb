/** What goes into a model and what comes out of it. */
import type { Values } from './prediction.ts';
import type { TensorValues } from './tensor-values.ts';

/** Rows for a model: one row-major tensor for each of its inputs, in the order of the bindings. */
export interface ModelRows {
  readonly count: number;
  readonly inputs: readonly TensorValues[];
}

/** One output of a model as it came, row after row. */
export interface ModelOutput {
  readonly type: string;
  /** The first is the number of rows. */
  readonly dims: readonly number[];
  readonly data: Values;
}

/** Outputs by name. */
export type ModelOutputs = Readonly<Record<string, ModelOutput>>;

/** Values a row. */
export const widthOf = ({ dims }: ModelOutput): number => dims.slice(1).reduce((product, dim) => product * dim, 1);

/** The first rows of each output. */
export const firstRowsOf = (outputs: ModelOutputs, rows: number): ModelOutputs =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => {
      const data = output.data.slice(0, rows * widthOf(output));
      return [name, { ...output, dims: [rows, ...output.dims.slice(1)], data }];
    }),
  );
