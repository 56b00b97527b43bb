import { jobJsonSchema } from '#formats/job/schema.ts';
import type { SchemaNode } from '../../formats/job/expected.ts';
import { code, madePage, markdownTable } from './markdown.ts';
import { fieldsOf, kindOf } from './schema-fields.ts';

/** Every field of a job document. */
export function jobPage(): string {
  const { oneOf } = jobJsonSchema() as { readonly oneOf: readonly SchemaNode[] };
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
