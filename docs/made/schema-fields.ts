/** The fields of a JSON Schema as lines of a table. */
import type { SchemaNode } from '../../formats/job/expected.ts';
import { code } from './markdown.ts';

export interface Field {
  readonly path: string;
  readonly node: SchemaNode;
  readonly isRequired: boolean;
}

/** A mapping of fields of its own is not a line: its fields are. Those of the members of a list stand behind `[]`. */
export function fieldsOf({ properties = {}, required = [] }: SchemaNode, above: Above): readonly Field[] {
  return Object.entries(properties).flatMap(([name, own]) => {
    const path = above.path === '' ? name : `${above.path}.${name}`;
    const fallback = own.default ?? above.fallback?.[name];
    const node = fallback === undefined ? own : { ...own, default: fallback };
    if (node.properties !== undefined) {
      return fieldsOf(node, { path, fallback: fallback as Above['fallback'] });
    }
    const field = { path, node, isRequired: required.includes(name) && fallback === undefined };
    const items = node.items?.properties === undefined ? [] : fieldsOf(node.items, { path: `${path}[]` });
    return [field, ...items];
  });
}

/** The mapping that fields stand in: its path, and what it is where a document does not have it. */
interface Above {
  readonly path: string;
  readonly fallback?: Readonly<Record<string, unknown>> | undefined;
}

export function kindOf(node: SchemaNode): string {
  if (node.const !== undefined) return code(String(node.const));
  if (node.enum !== undefined) return node.enum.map((one) => code(String(one))).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(kindOf).join(', or ');
  if (node.items?.properties !== undefined) return 'list';
  if (node.type === 'array') return `list: ${kindOf(node.items ?? {})}`;
  if (node.type === 'object') {
    return `mapping: ${typeof node.additionalProperties === 'object' ? kindOf(node.additionalProperties) : 'any'}`;
  }
  const word = { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false' }[node.type ?? ''];
  return `${word ?? 'any'}${range(node)}`;
}

/** The ends of what a double tells apart from its neighbours are no limits of ours. */
function range({ minimum: least, maximum }: SchemaNode): string {
  const minimum = least === Number.MIN_SAFE_INTEGER ? undefined : least;
  const max = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined) return max === undefined ? '' : ` to ${max}`;
  return max === undefined ? ` from ${minimum}` : `, ${minimum} to ${max}`;
}
