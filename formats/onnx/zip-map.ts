/**
 * scikit-learn's default export ends with ZipMap, which gives a list of dictionaries, one a row: slow, and nothing that
 * onnxruntime for Node can return. What it is made of is a plain tensor of scores.
 */
import { bytes, integer, message, text } from './protobuf.ts';
import { contentsOf, fieldsOf, numbersOf, textsOf } from './wire.ts';

/** Numbers of the fields of onnx.proto. */
const MODEL = { graph: 7, opsets: 8 } as const;
const GRAPH = { node: 1, output: 12 } as const;
const NODE = { input: 1, output: 2, name: 3, operator: 4 } as const;
const VALUE = { name: 1, type: 2 } as const;
const FLOAT32 = 1;
/** Operator set of a model that has had none but ai.onnx.ml: Identity is in every one. */
const OPSET = 13;

/** The same model with each ZipMap replaced by the scores that it would have zipped; undefined if there is none. */
export function withoutZipMap(model: Uint8Array): Uint8Array | undefined {
  const [graph] = contentsOf(model, MODEL.graph);
  if (!graph) return undefined;
  const zipped = new Map<string, number>();
  for (const node of contentsOf(graph, GRAPH.node)) {
    const [output] = textsOf(node, NODE.output);
    if (textsOf(node, NODE.operator)[0] === 'ZipMap' && output !== undefined) zipped.set(output, classCount(node));
  }
  if (zipped.size === 0) return undefined;
  const fields = [...fieldsOf(graph)].map(({ field, encoded, content }) => {
    if (field === GRAPH.node && content && textsOf(content, NODE.operator)[0] === 'ZipMap') return identity(content);
    const name = content && field === GRAPH.output ? (textsOf(content, VALUE.name)[0] ?? '') : '';
    const width = zipped.get(name);
    return width === undefined ? encoded : bytes(GRAPH.output, scores(name, width));
  });
  const rest = [...fieldsOf(model)].filter(({ field }) => field !== MODEL.graph).map(({ encoded }) => encoded);
  const hasDefault = contentsOf(model, MODEL.opsets).some((opset) => (textsOf(opset, 1)[0] ?? '') === '');
  const opset = hasDefault ? [] : [bytes(MODEL.opsets, message([text(1, ''), integer(2, OPSET)]))];
  return message([...rest, bytes(MODEL.graph, message(fields)), ...opset]);
}

function identity(node: Uint8Array): Uint8Array {
  const [input = ''] = textsOf(node, NODE.input);
  const [output = ''] = textsOf(node, NODE.output);
  const [name = output] = textsOf(node, NODE.name);
  const fields = [text(NODE.input, input), text(NODE.output, output), text(NODE.name, name)];
  return bytes(GRAPH.node, message([...fields, text(NODE.operator, 'Identity')]));
}

/** `name: float32[N,width]` as a value of the graph. */
function scores(name: string, width: number): Uint8Array {
  const shape = message([bytes(1, text(2, 'N')), bytes(1, integer(1, width))]);
  const type = bytes(1, message([integer(1, FLOAT32), bytes(2, shape)]));
  return message([text(VALUE.name, name), bytes(VALUE.type, type)]);
}

function classCount(node: Uint8Array): number {
  const NAMES = { ints: 8, strings: 9 } as const;
  return contentsOf(node, 5).reduce(
    (count, attribute) => count + textsOf(attribute, NAMES.strings).length + numbersOf(attribute, NAMES.ints).length,
    0,
  );
}
