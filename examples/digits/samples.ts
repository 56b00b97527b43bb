import { floatRows, type TaskContext } from 'lockstep/task';
import { type Batch, INPUTS } from './network.ts';

export interface Samples {
  readonly train: Batch;
  /** Rows that training never sees. */
  readonly test: Batch;
}

interface Row {
  readonly id: number;
  readonly label: number;
  readonly pixels: Float32Array;
}

/** This rank's shards of the query's result, in the order of their ids, whatever order the warehouse wrote them in. */
export async function readSamples(task: Pick<TaskContext, 'shards'>): Promise<Samples> {
  const rows = { train: [] as Row[], test: [] as Row[] };
  for await (const shard of task.shards()) {
    const table = await shard.table();
    const column = (name: string) => {
      const found = table.getChild(name);
      if (found === null)
        throw new Error(`expected a column ${name} in ${shard.key}, got ${table.schema.names.join(', ')}`);
      return found;
    };
    const [ids, labels, splits] = [column('id'), column('label'), column('split')];
    const { values } = floatRows(column('pixels'), 'pixels');
    for (let i = 0; i < table.numRows; i++) {
      const split = splits.get(i) === 'test' ? 'test' : 'train';
      const pixels = values.subarray(i * INPUTS, (i + 1) * INPUTS);
      rows[split].push({ id: Number(ids.get(i)), label: Number(labels.get(i)), pixels });
    }
  }
  return { train: toBatch(rows.train), test: toBatch(rows.test) };
}

function toBatch(rows: Row[]): Batch {
  rows.sort((a, b) => a.id - b.id);
  const pixels = new Float32Array(rows.length * INPUTS);
  for (const [i, row] of rows.entries()) pixels.set(row.pixels, i * INPUTS);
  return { pixels, labels: Int32Array.from(rows, ({ label }) => label) };
}

/** The rows that `indices` name, in that order. */
export function pick({ pixels, labels }: Batch, indices: Int32Array): Batch {
  const picked = new Float32Array(indices.length * INPUTS);
  for (const [i, row] of indices.entries()) picked.set(pixels.subarray(row * INPUTS, (row + 1) * INPUTS), i * INPUTS);
  return { pixels: picked, labels: indices.map((row) => labels[row] as number) };
}
