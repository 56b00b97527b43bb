import { code, madePage } from './markdown.ts';

interface Documented {
  readonly signature: string;
  readonly about: string;
}

/** `"run": "launch"`, a line of what the package exports. */
const EXPORT = /^ {4}"(\w+)": "([\w.]+)",$/gm;

/** The Python package. `read` gives a source of python/lockstep/. */
export function pythonPage(read: (name: string) => string): string {
  const exported = [...read('__init__.py').matchAll(EXPORT)].map(([, name = '', module = '']) => ({
    name,
    source: read(`${module.replaceAll('.', '/')}.py`),
  }));
  const functions = exported.flatMap(({ name, source }) => documented(source, 'def', name, ''));
  const classes = exported.flatMap(({ name, source }) => documented(source, 'class', name, ''));
  const methods = documented(read('task/context.py'), 'def', '[a-z]\\w*', '    ').filter(({ signature }) =>
    signature.includes('self'),
  );
  const section = (all: readonly Documented[], before: string) =>
    all.map(({ signature, about }) => `### ${code(`${before}${signature}`)}\n${about}`).join('\n\n');
  const body = `The package \`lockstep\` needs the standard library alone; a function that needs more says so. [Training from Python](../train.md)
shows how the calls go together.

## In a script or a notebook
${section(functions, 'lockstep.')}

## In a task
${section(
  methods.map(({ signature, about }) => ({ signature: signature.replace(/\(self(?:, )?/, '('), about })),
  'task.',
)}

## Errors and other classes
${section(classes, 'lockstep.')}`;
  return madePage('Python', 'python/lockstep', body);
}

/** Functions or classes at one depth that have a docstring. */
function documented(source: string, kind: string, name: string, indent: string): readonly Documented[] {
  const pattern = new RegExp(
    `^${indent}${kind} (${name})(\\((?:[^()]|\\([^()]*\\))*\\))?:\\n\\s+"""([\\s\\S]*?)"""`,
    'gm',
  );
  return [...source.matchAll(pattern)].map(([, called = '', parameters = '', text = '']) => ({
    signature: `${called}${kind === 'class' ? '' : parameters.replaceAll(/\s+/g, ' ').replace('( ', '(').replace(', )', ')')}`,
    about: text
      .split('\n')
      .map((line) => line.trim())
      .join('\n')
      .trim(),
  }));
}
