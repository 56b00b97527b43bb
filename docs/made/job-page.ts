import { jobJsonSchema } from '#formats/job/schema.ts';
import { code, madePage, markdownTable } from './markdown.ts';

interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Every field of a job document. */
export function jobPage(): string {
  const { oneOf } = jobJsonSchema() as { readonly oneOf: readonly Node[] };
  const sections = oneOf.map((kind) => {
    const rows = fieldsOf(kind, { path: '' }).map(({ path, node, isRequired }) => [
      code(path),
      kindOf(node),
      isRequired ? 'required' : node.default === undefined ? '' : code(JSON.stringify(node.default)),
      node.description ?? '',
    ]);
    const name = String(kind.properties?.kind?.const);
    return `## ${name}\n${markdownTable(['field', 'is', 'default', 'meaning'], rows)}`;
  });
  const intro =
    'A job file is YAML or JSON. A field that is not here is an error that names the nearest one. Editors that know YAML complete job files with [job.schema.json](../job.schema.json).';
  return madePage('Job files', 'formats/job', `${intro}\n\n${sections.join('\n\n')}`);
}

interface Field {
  readonly path: string;
  readonly node: Node;
  readonly isRequired: boolean;
}

/** A mapping of fields of its own is not a line: its fields are. */
function fieldsOf({ properties = {}, required = [] }: Node, above: Above): readonly Field[] {
  return Object.entries(properties).flatMap(([name, own]) => {
    const path = above.path === '' ? name : `${above.path}.${name}`;
    const fallback = own.default ?? above.fallback?.[name];
    const node = fallback === undefined ? own : { ...own, default: fallback };
    if (node.properties !== undefined) {
      return fieldsOf(node, { path, fallback: fallback as Above['fallback'] });
    }
    return [{ path, node, isRequired: required.includes(name) && fallback === undefined }];
  });
}

/** The mapping that fields stand in: its path, and what it is where a document does not have it. */
interface Above {
  readonly path: string;
  readonly fallback?: Readonly<Record<string, unknown>> | undefined;
}

function kindOf(node: Node): string {
  if (node.const !== undefined) return code(String(node.const));
  if (node.enum !== undefined) return node.enum.map((one) => code(String(one))).join(', ');
  if (node.anyOf !== undefined) return node.anyOf.map(kindOf).join(', or ');
  if (node.type === 'array') return `list: ${kindOf(node.items ?? {})}`;
  if (node.type === 'object') {
    return `mapping: ${typeof node.additionalProperties === 'object' ? kindOf(node.additionalProperties) : 'any'}`;
  }
  const word = { string: 'text', integer: 'whole number', number: 'number', boolean: 'true or false' }[node.type ?? ''];
  return `${word ?? 'any'}${range(node)}`;
}

/** The largest number that a double tells apart from its neighbours is no limit of ours. */
function range({ minimum, maximum }: Node): string {
  const max = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined) return max === undefined ? '' : ` to ${max}`;
  return max === undefined ? ` from ${minimum}` : `, ${minimum} to ${max}`;
}
