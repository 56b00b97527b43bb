import type { ClassName } from '#core/inference/bind.ts';
import { contentsOf, numbersOf, textsOf } from './wire.ts';

/** Numbers of the fields of onnx.proto that are read here. */
const MODEL = { graph: 7 } as const;
const GRAPH = { node: 1, initializer: 5 } as const;
const NODE = { input: 1, operator: 4, attribute: 5 } as const;
const ATTRIBUTE = { name: 1, ints: 8, strings: 9 } as const;
const TENSOR = { type: 2, int32s: 5, strings: 6, int64s: 7, name: 8, raw: 9 } as const;
/** Element types of a tensor. */
const INT32 = 6n;
const INT64 = 7n;

const CLASS_ATTRIBUTES = ['classlabels_strings', 'classlabels_int64s', 'classlabels_ints'];

/**
 * What a classifier calls its classes, in the order of its scores: the operators of ai.onnx.ml carry it, and where a
 * network stands in their place the constant that its label is picked from. Undefined where neither says it, or where
 * they do not agree, as in an ensemble of classifiers of some of the classes. LS_MODEL_UNREADABLE.
 */
export function classesOf(model: Uint8Array): readonly ClassName[] | undefined {
  const graphs = contentsOf(model, MODEL.graph);
  const nodes = graphs.flatMap((graph) => contentsOf(graph, GRAPH.node));
  return agreed(nodes.flatMap(namedByAttribute)) ?? agreed(pickedFrom(graphs, nodes));
}

/** The only list there is, however often. */
function agreed(lists: readonly ClassName[][]): ClassName[] | undefined {
  const [first, ...others] = lists.filter((list) => list.length > 0);
  return first && others.every((list) => list.join('\0') === first.join('\0')) ? first : undefined;
}

const namedByAttribute = (node: Uint8Array): ClassName[][] =>
  contentsOf(node, NODE.attribute)
    .filter((attribute) => CLASS_ATTRIBUTES.includes(textsOf(attribute, ATTRIBUTE.name)[0] ?? ''))
    .map((attribute) => [
      ...textsOf(attribute, ATTRIBUTE.strings),
      ...numbersOf(attribute, ATTRIBUTE.ints).map((value) => Number(BigInt.asIntN(64, value))),
    ]);

/** Constants that ArrayFeatureExtractor takes one item of, as skl2onnx writes it for a network. */
function pickedFrom(graphs: readonly Uint8Array[], nodes: readonly Uint8Array[]): ClassName[][] {
  const picks = nodes.filter((node) => textsOf(node, NODE.operator)[0] === 'ArrayFeatureExtractor');
  const names = new Set(picks.map((node) => textsOf(node, NODE.input)[0] ?? ''));
  return graphs
    .flatMap((graph) => contentsOf(graph, GRAPH.initializer))
    .filter((tensor) => names.has(textsOf(tensor, TENSOR.name)[0] ?? ''))
    .map(valuesOf);
}

/** Texts or integers of a tensor; none for one of another type. */
function valuesOf(tensor: Uint8Array): ClassName[] {
  const [type] = numbersOf(tensor, TENSOR.type);
  const [raw] = contentsOf(tensor, TENSOR.raw);
  if (raw && (type === INT32 || type === INT64)) return rawIntegers(raw, type === INT32 ? 4 : 8);
  const integers = [...numbersOf(tensor, TENSOR.int32s), ...numbersOf(tensor, TENSOR.int64s)];
  return [...textsOf(tensor, TENSOR.strings), ...integers.map((value) => Number(BigInt.asIntN(64, value)))];
}

function rawIntegers(raw: Uint8Array, size: 4 | 8): number[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Array.from({ length: Math.floor(raw.byteLength / size) }, (_, i) =>
    size === 4 ? view.getInt32(i * size, true) : Number(view.getBigInt64(i * size, true)),
  );
}
