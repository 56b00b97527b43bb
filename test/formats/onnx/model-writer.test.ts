import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel, type GraphModel } from '#formats/onnx/model-writer.ts';

const LINEAR: GraphModel = {
  inputs: [{ name: 'x', dims: ['N', 3] }],
  outputs: [
    { name: 'scores', dims: ['N', 2] },
    { name: 'label', dims: ['N'], type: 'int64' },
  ],
  constants: [
    { name: 'w', dims: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    { name: 'b', dims: [2], data: Float32Array.of(-10, 0.5) },
  ],
  nodes: [
    { op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['z'], attributes: { alpha: { float: 1 }, transB: 0 } },
    { op: 'LeakyRelu', inputs: ['z'], outputs: ['scores'], attributes: { alpha: { float: 0.25 } } },
    { op: 'ArgMax', inputs: ['scores'], outputs: ['label'], attributes: { axis: -1, keepdims: 0 } },
  ],
};

describe('encodeModel', () => {
  it('writes a model that onnxruntime loads and computes as described', async () => {
    const session = await InferenceSession.create(encodeModel(LINEAR));
    const x = Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0, 3);
    const { scores, label } = await session.run({ x: new Tensor('float32', x, [3, 3]) });
    // x·w + b = [-9, 2.5], [-1, 12.5], [5, 18.5]; negatives are scaled by 0.25.
    expect(Array.from(scores?.data as Float32Array)).toEqual([-2.25, 2.5, -0.25, 12.5, 5, 18.5]);
    expect(label?.data).toEqual(BigInt64Array.of(1n, 1n, 1n));
    await session.release();
  });

  it('declares names, types and dimensions, the unknown ones by their names', async () => {
    const session = await InferenceSession.create(encodeModel(LINEAR));
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: 'float32', shape: ['N', 3] });
    expect(session.outputMetadata[1]).toMatchObject({ name: 'label', type: 'int64', shape: ['N'] });
    await session.release();
  });

  it('takes lists of integers, scalars and constants of any element type', async () => {
    const model = encodeModel({
      inputs: [{ name: 'x', dims: [2, 3] }],
      outputs: [
        { name: 'turned', dims: [3, 2] },
        { name: 'sum', dims: [3] },
        { name: 'twice', dims: [], type: 'float64' },
      ],
      constants: [
        { name: 'axes', dims: [1], data: BigInt64Array.of(0n) },
        { name: 'two', dims: [], data: Float64Array.of(2) },
      ],
      nodes: [
        { op: 'Transpose', inputs: ['x'], outputs: ['turned'], attributes: { perm: [1, 0] } },
        { op: 'ReduceSum', inputs: ['x', 'axes'], outputs: ['sum'], attributes: { keepdims: 0 } },
        { op: 'Add', inputs: ['two', 'two'], outputs: ['twice'] },
      ],
      metadata: { origin: 'test' },
    });
    const session = await InferenceSession.create(model);
    const result = await session.run({ x: new Tensor('float32', Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]) });
    expect(Array.from(result.turned?.data as Float32Array)).toEqual([1, 4, 2, 5, 3, 6]);
    expect(Array.from(result.sum?.data as Float32Array)).toEqual([5, 7, 9]);
    expect(Array.from(result.twice?.data as Float64Array)).toEqual([4]);
    await session.release();
  });
});
