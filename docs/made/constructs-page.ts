import { classComment, interfaceIn, type Member } from './declarations.ts';
import { code, madePage, markdownTable } from './markdown.ts';

/** `export { DataBucket, type DataBucketProps } from './data-bucket.ts'` */
const EXPORT = /export \{([^}]+)\} from '\.\/([\w-]+\.ts)'/g;

/** The constructs that another CDK app can use, with their properties. `read` gives a source of infra/. */
export function constructsPage(read: (name: string) => string): string {
  const sections = [...read('index.ts').matchAll(EXPORT)].flatMap(([, names = '', file = '']) => {
    const source = read(file);
    const all = names.split(',').map((name) => name.trim());
    const classes = all.filter((name) => new RegExp(`export class ${name}\\b`).test(source));
    return classes.map((name) => {
      const props = all.includes(`type ${name}Props`) ? interfaceIn(source, `${name}Props`).members : [];
      const about = `## ${name}\n${classComment(source, name)}`;
      return props.length === 0 ? about : `${about}\n\n${propertyTable(props)}`;
    });
  });
  const intro =
    'The classes of `@lockstep/constructs`; [a guide](../how-to/constructs.md) shows how they are used. `Lockstep` is all of them, put together.';
  return madePage('Constructs', 'infra', `${intro}\n\n${sections.join('\n\n')}`);
}

const propertyTable = (members: readonly Member[]): string =>
  markdownTable(
    ['property', 'default', 'meaning'],
    members.map(({ signature, isOptional, fallback, about }) => [
      code(signature),
      fallback ?? (isOptional ? 'none' : 'required'),
      about,
    ]),
  );
