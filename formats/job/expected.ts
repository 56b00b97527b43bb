/** The parts of JSON Schema that z.toJSONSchema makes of our documents. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly minItems?: number;
}

export type Path = readonly PropertyKey[];

/** The node that describes the value at `path`; undefined where the document may not have one. */
export function nodeAt(root: SchemaNode, path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = root;
  for (const step of path) {
    if (node === undefined) return undefined;
    node = [node, ...(node.anyOf ?? [])].map((each) => below(each, step)).find((each) => each !== undefined);
  }
  return node;
}

const below = (node: SchemaNode, step: PropertyKey): SchemaNode | undefined =>
  typeof step === 'number' ? node.items : (node.properties?.[String(step)] ?? additional(node));

const additional = ({ additionalProperties }: SchemaNode): SchemaNode | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;

/** What the node accepts, in words: "a whole number from 1 to 512". */
export function expectation(node: SchemaNode): string {
  if (node.enum !== undefined) return oneOf(node.enum);
  if (node.const !== undefined) return oneOf([node.const]);
  if (node.anyOf !== undefined) return node.anyOf.map(expectation).join(', or ');
  if (node.type === 'integer') return `a whole number${range(node)}`;
  if (node.type === 'number') return `a number${range(node)}`;
  if (node.type === 'null') return 'null';
  if (node.type === 'boolean') return 'true or false';
  if (node.type === 'array') return `a list${node.minItems === undefined ? '' : ` of ${node.minItems} or more`}`;
  if (node.type === 'object') return keys(node);
  return node.minLength === undefined ? 'a text' : 'a text that is not empty';
}

const oneOf = (values: readonly unknown[]): string =>
  values.length === 1 ? JSON.stringify(values[0]) : `one of ${values.map((value) => String(value)).join(', ')}`;

function range({ minimum, maximum }: SchemaNode): string {
  if (minimum === undefined) return maximum === undefined ? '' : ` of at most ${maximum}`;
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return ` of at least ${minimum}`;
  return ` from ${minimum} to ${maximum}`;
}

const keys = ({ properties }: SchemaNode): string =>
  properties === undefined ? 'a mapping' : `a mapping with ${Object.keys(properties).join(', ')}`;
