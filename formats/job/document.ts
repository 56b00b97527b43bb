import { type Document, isMap, isScalar, LineCounter, parseDocument, type YAMLParseError } from 'yaml';
import * as z from 'zod/mini';
import type { SchemaNode } from './expected.ts';
import { type Fault, invalidDocument, refuseUnreadable } from './invalid-document.ts';
import { override } from './override.ts';
import { type Problem, problems, showPath } from './problems.ts';
import {
  DOCUMENTS,
  type InferDocument,
  jobKinds,
  type Kind,
  type PipelineDocument,
  type StreamDocument,
  type TrainDocument,
} from './schema.ts';

export type JobDocument = TrainDocument | InferDocument | PipelineDocument | StreamDocument;

/** Changes a document in place, whatever is in it, before it is checked. */
export type Change = (document: Document) => void;

/**
 * Reads a job document in YAML, of which JSON is a part. LS_JOB_INVALID lists what is wrong with it, each with its line.
 * `file` is only for messages. `set` are laid over it first: `key=value`, each LS_USAGE where that cannot be, or a change.
 */
export function parseDocumentText(text: string, file: string, set: readonly (string | Change)[] = []): JobDocument {
  refuseUnreadable(text, file);
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const refuse = (found: Parameters<typeof invalidDocument>[0]) => invalidDocument(found, { file, lines });
  if (yaml.errors.length > 0) throw refuse(yaml.errors.map(fault));
  for (const one of set) {
    if (typeof one === 'string') override(yaml, one);
    else one(yaml);
  }
  let value: unknown;
  try {
    value = yaml.toJS();
  } catch (error) {
    // Aliases are followed only here: to an anchor that is not there, or to billions of nodes.
    throw refuse([{ offset: 0, message: (error as Error).message }]);
  }
  const found = check(value);
  if ('document' in found) return found.document;
  throw refuse(found.problems.map((one) => ({ offset: offsetOf(yaml, one) ?? 0, message: sentence(one) })));
}

/** The parser speaks to programmers in one place. */
const fault = ({ pos, code, message }: YAMLParseError): Fault => ({
  offset: pos[0],
  message: code === 'MULTIPLE_DOCS' ? 'a second YAML document begins; a job file holds one' : message,
});

type Checked = { readonly document: JobDocument } | { readonly problems: readonly Problem[] };

function check(value: unknown): Checked {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return {
      problems: [
        { path: [], message: 'expected a mapping that begins with `kind: train`, `infer`, `pipeline` or `stream`' },
      ],
    };
  }
  const kind = (value as { readonly kind?: unknown }).kind;
  if (!isKind(kind)) {
    const got = kind === undefined ? 'is missing; ' : '';
    const tail = kind === undefined ? '' : `, got ${JSON.stringify(kind)}`;
    return { problems: [{ path: ['kind'], message: `${got}expected one of ${jobKinds.join(', ')}${tail}` }] };
  }
  const schema = DOCUMENTS[kind];
  const parsed = schema.safeParse(value);
  if (parsed.success) return { document: parsed.data };
  const root = z.toJSONSchema(schema, { io: 'input' }) as SchemaNode;
  return { problems: problems(parsed.error.issues, root, value) };
}

const isKind = (kind: unknown): kind is Kind => jobKinds.includes(kind as Kind);

const sentence = ({ path, message }: Problem): string =>
  path.length === 0 ? message : `${showPath(path)}: ${message}`;

/** Where in the text the problem is: the unknown key, the value, or the innermost mapping that is there. */
function offsetOf(yaml: Document, { path, key }: Problem): number | undefined {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = depth === 0 ? yaml.contents : yaml.getIn(path.slice(0, depth), true);
    if (key !== undefined && isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === key);
      if (pair !== undefined && isScalar(pair.key)) return pair.key.range?.[0];
    }
    const range = (node as { readonly range?: readonly number[] } | null | undefined)?.range;
    if (range !== undefined) return range[0];
  }
  return undefined;
}
