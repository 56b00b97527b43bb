/** A multi-layer perceptron of 13 thousand parameters, and rows for it. */
import {
  Field,
  FixedSizeList,
  Float32,
  Int32,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
} from 'apache-arrow';
import { encodeModel, type GraphConstant, type GraphNode } from '#formats/onnx/model-writer.ts';

const LAYERS = [32, 128, 64, 10] as const;
/** Numbers a row. */
export const FEATURES = LAYERS[0];

/** The model as ONNX: `x: float32[N,32]` → `scores: float32[N,10]`. */
export function perceptron(): Uint8Array {
  const nodes: GraphNode[] = [];
  const constants: GraphConstant[] = [];
  LAYERS.slice(1).forEach((width, i) => {
    const from = LAYERS[i] ?? 0;
    const isLast = i === LAYERS.length - 2;
    const weights = floats(from * width).map((value) => value / Math.sqrt(from));
    constants.push({ name: `w${i}`, dims: [from, width], data: weights });
    constants.push({ name: `b${i}`, dims: [width], data: floats(width) });
    const inputs = [i === 0 ? 'x' : `h${i - 1}`, `w${i}`, `b${i}`];
    nodes.push({ op: 'Gemm', inputs, outputs: [isLast ? 'scores' : `z${i}`] });
    if (!isLast) nodes.push({ op: 'Relu', inputs: [`z${i}`], outputs: [`h${i}`] });
  });
  const outputs = [{ name: 'scores', dims: ['N', LAYERS.at(-1) ?? 0] }];
  return encodeModel({ inputs: [{ name: 'x', dims: ['N', FEATURES] }], outputs, nodes, constants });
}

/** An uncompressed Arrow file: `id: int32`, `x: FixedSizeList<float32>[32]`. */
export async function rowsFile(batches: number, batchRows: number): Promise<Uint8Array> {
  const list = new FixedSizeList(FEATURES, new Field('item', new Float32(), false));
  const schema = new Schema([new Field('id', new Int32(), false), new Field('x', list, false)]);
  const writer = new RecordBatchFileWriter();
  for (let i = 0; i < batches; i++) {
    const [length, nullCount] = [batchRows, 0];
    const id = makeData({
      type: new Int32(),
      length,
      nullCount,
      data: new Int32Array(length).map((_, j) => i * length + j),
    });
    const data = floats(length * FEATURES);
    const child = makeData({ type: new Float32(), length: data.length, nullCount, data });
    const x = makeData({ type: list, length, nullCount, child });
    writer.write(
      new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount, children: [id, x] })),
    );
  }
  writer.finish();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writer) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Numbers from -1 to 1 that are the same in every run. */
export function floats(count: number): Float32Array {
  let state = 0x9e3779b9;
  return new Float32Array(count).map(() => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x12fad5c9;
    return (state >>> 8) / 2 ** 23 - 1;
  });
}
