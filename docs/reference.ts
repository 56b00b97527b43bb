/** The pages of docs/ that are made from the sources. `npm run docs` writes them; a test holds them to be current. */

import { type ErrorKind, type ErrorRow, EXIT_CODES } from '#core/error-kinds.ts';
import { ERRORS, invariant } from '#core/errors.ts';
import type { Transition } from '#core/gang/control-write.ts';
import { TRANSITIONS } from '#core/gang/transitions.ts';
import { jobJsonSchema } from '#formats/job/schema.ts';
import { LOCALSTACK } from '../test/conformance/gaps/localstack.ts';
import { MINISTACK } from '../test/conformance/gaps/ministack.ts';
import { emulatorTables } from './emulator-table.ts';
import { constructsPage } from './made/constructs-page.ts';
import { instancePage } from './made/instance-page.ts';
import { jobPage } from './made/job-page.ts';
import { answersSchema, jsonPage } from './made/json-page.ts';
import { pythonPage } from './made/python-page.ts';
import { tablesPage } from './made/tables-page.ts';
import { taskPage } from './made/task-page.ts';
import { variablesPage } from './made/variables-page.ts';

export interface Sources {
  /** What a page of docs/ holds, for pages of which only a part is made. */
  page(name: string): string;
  /** Reads the sources of a folder of the clone. */
  source(folder: string): (name: string) => string;
}

/** File name within docs/ → content. */
export const reference = ({ page, source }: Sources): Readonly<Record<string, string>> => ({
  'barrier.md': withMade(page('barrier.md'), 'core/gang/transitions.ts', transitionTable()),
  'emulators.md': withMade(page('emulators.md'), 'test/conformance/gaps/', emulatorTables(EMULATORS)),
  'errors.md': errorsPage(),
  'reference/constructs.md': constructsPage(source('infra')),
  'reference/instance-types.md': instancePage(),
  'reference/job.md': jobPage(),
  'reference/json.md': jsonPage(),
  'answers.schema.json': answersSchema(),
  'reference/python.md': pythonPage(source('python/lockstep')),
  'reference/tables.md': tablesPage(),
  'reference/task-typescript.md': taskPage(source('gpu-agent/sdk')),
  'reference/variables.md': variablesPage(),
  'job.schema.json': `${JSON.stringify(jobJsonSchema(), null, 2)}\n`,
});

const EMULATORS = { MiniStack: MINISTACK, LocalStack: LOCALSTACK };

const KINDS: Readonly<Record<ErrorKind, string>> = {
  usage: 'Whoever typed the command',
  job: 'Whoever wrote the job file',
  data: 'Whoever owns the data or the model',
  capacity: 'Whoever pays: there are not enough hosts, or a limit of the job was reached',
  task: 'Whoever wrote the program that the tasks run',
  infrastructure: 'Whoever runs the deployment',
  conflict: 'Nobody, or whoever started two things of one name',
  cancelled: 'Nobody: somebody wanted it so',
};

function errorsPage(): string {
  const rows = Object.entries(ERRORS) as [string, ErrorRow][];
  const sections = Object.entries(KINDS).map(([kind, who]) => {
    const own = rows.filter(([, row]) => row.kind === kind).toSorted(([a], [b]) => (a < b ? -1 : 1));
    const code = EXIT_CODES[kind as ErrorKind];
    return `## ${kind}: exit code ${code}\n${who}.\n\n${own.map(([name, row]) => entry(name, row)).join('\n')}`;
  });
  return `# Errors
Made from core/errors.ts by \`npm run docs\`. Every error that a user or a workflow can see has one of these codes: in what is
written to standard error, as \`code\` in what \`--json\` prints, and as the error that \`Catch\` and \`Retry\` of the workflows
match. A code keeps its meaning. Exit code 0 is success, and 1 is a bug in Lockstep (\`code\` is \`BUG\` then).

${sections.join('\n')}`;
}

const entry = (name: string, { cause, remedy, retryable }: ErrorRow): string =>
  `### ${name}\n${cause} *What to do:* ${remedy}${retryable ? ' The same call may succeed later with nothing changed.' : ''}\n`;

const END = '<!-- end -->';

/** The page with what is made from `source` between its two marks. */
function withMade(page: string, source: string, made: string): string {
  const begin = `<!-- Made from ${source} by \`npm run docs\`: begin -->`;
  const [before, rest] = page.split(begin);
  const after = rest?.split(END).slice(1).join(END);
  invariant(after !== undefined, `a page of docs/ has the lines ${begin} and ${END}`);
  return `${before}${begin}\n${made}\n${END}${after}`;
}

function transitionTable(): string {
  const rows = Object.entries<Transition>(TRANSITIONS).map(([name, row]) => {
    const { from, to, at, sets = [], clears = [], by } = row;
    const where = [...at, from.join(' ')].filter((part) => part !== '').join(', ') || 'there is none';
    const changes = [to.join(' or '), ...sets, ...clears.map((field) => `no ${field}`)].filter((part) => part !== '');
    const beside = row.with === undefined ? '' : ` (with its ${row.with})`;
    return `| **${name}** | ${by} | ${where} | ${changes.join(', ')}${beside} |`;
  });
  return ['| write | who | where | becomes |', '|---|---|---|---|', ...rows].join('\n');
}
