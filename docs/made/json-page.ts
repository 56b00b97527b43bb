import * as z from 'zod/mini';
import { ANSWERS, FAILURE } from '../../cli/answers/answers.ts';
import { attemptStory, runDetails } from '../../cli/answers/read-model.ts';
import type { SchemaNode } from '../../formats/job/expected.ts';
import { code, madePage, markdownTable } from './markdown.ts';
import { fieldsOf, kindOf } from './schema-fields.ts';

const nodeOf = (schema: z.ZodMiniType): SchemaNode => {
  const { $schema: _, ...node } = z.toJSONSchema(schema, { io: 'output' });
  return node as SchemaNode;
};

/** What every command prints with `--json`. */
export function jsonPage(): string {
  const sections = Object.entries(ANSWERS).map(([words, schemas]) => {
    const tables = schemas.map((schema) => fieldTable(nodeOf(schema))).filter((table) => table !== undefined);
    return `## ${words}\n${tables.length === 0 ? 'Nothing more.' : tables.join('\n\nor\n\n')}`;
  });
  const body = `With \`--json\` the last line of standard output is one JSON object. It has \`ok\`, and what stands here. A field may be
missing where its line says \`optional\`; a program must take fields that it does not know. The same as JSON Schema:
[answers.schema.json](../answers.schema.json).

${sections.join('\n\n')}

## A failure
The exit code says who must act ([the list](../cli.md#exit-codes)).

${fieldTable(nodeOf(FAILURE)) ?? ''}

## A run
What the dashboard's \`/api/runs/<run>\` has as \`run\`, and what reports are made of.

${fieldTable(nodeOf(runDetails)) ?? ''}

## An attempt
A member of \`history\`.

${fieldTable(nodeOf(attemptStory)) ?? ''}`;
  return madePage('What commands print', 'cli/answers', body);
}

/** The same as one JSON Schema: `$defs` has an answer for each command, a failure and a run. */
export function answersSchema(): string {
  const commands = Object.entries(ANSWERS).map(([words, schemas]) => {
    const nodes = schemas.map(nodeOf);
    return [words, nodes.length === 1 ? nodes[0] : { anyOf: nodes }];
  });
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What Lockstep prints with --json',
    $defs: { ...Object.fromEntries(commands), failure: nodeOf(FAILURE), run: nodeOf(runDetails) },
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Undefined for an answer that only says `ok`. */
function fieldTable(node: SchemaNode): string | undefined {
  const fields = fieldsOf(node, { path: '' }).filter(({ path }) => path !== 'ok' && !path.startsWith('history[]'));
  if (fields.length === 0) return undefined;
  return markdownTable(
    ['field', 'is', 'meaning'],
    fields.map(({ path, node: field, isRequired }) => [
      code(path),
      `${kindOf(field)}${isRequired ? '' : ', optional'}`,
      field.description ?? '',
    ]),
  );
}
