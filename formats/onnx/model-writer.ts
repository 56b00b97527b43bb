/**
 * Writes ONNX models from a plain description of the graph, with no dependency: enough to export a trained network, to
 * write forward and backward passes as one graph, and for tests to make their own models.
 *
 *     encodeModel({
 *       inputs: [{ name: 'x', dims: ['N', 784] }],
 *       outputs: [{ name: 'scores', dims: ['N', 10] }],
 *       constants: [{ name: 'w', dims: [784, 10], data: weights }, { name: 'b', dims: [10], data: bias }],
 *       nodes: [{ op: 'Gemm', inputs: ['x', 'w', 'b'], outputs: ['scores'] }],
 *     });
 */
import { bytes, float32, integer, message, text } from './protobuf.ts';

/** Numbers of the element types, as onnx.proto has them. */
const ELEMENT = { float32: 1, int32: 6, int64: 7, float64: 11 } as const;
export type ElementType = keyof typeof ELEMENT;

export interface GraphModel {
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
  readonly nodes: readonly GraphNode[];
  /** Default: none. */
  readonly constants?: readonly GraphConstant[];
  /** Free key and value pairs that the file carries along. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface GraphValue {
  readonly name: string;
  /** A string names a dimension that is known only when the model runs; no dimensions at all is a scalar. */
  readonly dims: readonly (number | string)[];
  /** Default: float32. */
  readonly type?: ElementType;
}

/** The element type follows from the array. */
export interface GraphConstant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

export interface GraphNode {
  /** Operator of the default domain, e.g. `Gemm`. */
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A plain number is an integer attribute: operators refuse an integer where they want a float, so a float says so. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

const IR_VERSION = 8;
const OPSET = 17;

/** The bytes of an `.onnx` file (IR version 8, operator set 17). */
export function encodeModel(model: GraphModel): Uint8Array {
  const graph = message([
    ...model.nodes.map((node) => bytes(1, encodeNode(node))),
    text(2, 'graph'),
    ...(model.constants ?? []).map((constant) => bytes(5, encodeConstant(constant))),
    ...model.inputs.map((value) => bytes(11, encodeValue(value))),
    ...model.outputs.map((value) => bytes(12, encodeValue(value))),
  ]);
  return message([
    integer(1, IR_VERSION),
    text(2, 'lockstep'),
    bytes(7, graph),
    bytes(8, message([text(1, ''), integer(2, OPSET)])),
    ...Object.entries(model.metadata ?? {}).map(([key, value]) => bytes(14, message([text(1, key), text(2, value)]))),
  ]);
}

function encodeNode({ op, inputs, outputs, attributes = {} }: GraphNode): Uint8Array {
  return message([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, outputs[0] ?? op),
    text(4, op),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, message([text(1, name), ...encodeAttribute(value)]))),
  ]);
}

/** The value, and in field 20 which kind of value it is. */
function encodeAttribute(value: Attribute): Uint8Array[] {
  if (typeof value === 'number') return [integer(3, value), integer(20, 2)];
  if (typeof value === 'string') return [text(4, value), integer(20, 3)];
  if ('float' in value) return [float32(2, value.float), integer(20, 1)];
  return [...value.map((each) => integer(8, each)), integer(20, 7)];
}

function encodeConstant({ name, dims, data }: GraphConstant): Uint8Array {
  return message([
    ...dims.map((dim) => integer(1, dim)),
    integer(2, ELEMENT[elementType(data)]),
    text(8, name),
    bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ]);
}

function elementType(data: GraphConstant['data']): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  return data instanceof Int32Array ? 'int32' : 'int64';
}

function encodeValue({ name, dims, type = 'float32' }: GraphValue): Uint8Array {
  const shape = message(dims.map((dim) => bytes(1, typeof dim === 'string' ? text(2, dim) : integer(1, dim))));
  const tensor = message([integer(1, ELEMENT[type]), bytes(2, shape)]);
  return message([text(1, name), bytes(2, bytes(1, tensor))]);
}
