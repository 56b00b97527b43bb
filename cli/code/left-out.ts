/** Why something in a folder that travels stays behind. */
export type Reason = 'not code' | 'virtual environment' | 'link to nothing' | 'pipe' | 'socket' | 'device';

export interface LeftBehind {
  /** Relative to the folder of the job file. */
  readonly path: string;
  readonly reason: Reason;
}

/** What tools keep beside code: left out unless the job names it. */
const NOT_CODE = new Set([
  ...['node_modules', '.lockstep', '.git', '.hg', '.svn', '.DS_Store', '__pycache__', '.ipynb_checkpoints'],
  ...['.mypy_cache', '.pytest_cache', '.ruff_cache', '.tox', '.nox'],
]);

export const isNotCode = (name: string): boolean => NOT_CODE.has(name);

/** One line for each reason, with the first few places and, where it may be missed, the way out. */
export function leftOutLines(leftOut: readonly LeftBehind[]): readonly string[] {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const paths = leftOut.filter((one) => one.reason === reason).map(({ path }) => path);
    const places = reason === 'not code' ? counted(paths) : listed(paths);
    return `left out: ${places}${SAID[reason]}`;
  });
}

/** Of a virtual environment: it names the Python of this machine by its absolute path. */
export const ENVIRONMENT_REMEDY =
  'The hosts need a Python that has the packages; packages without native code can be put into a folder of their own with ' +
  '`pip install --target packages …`, and `PYTHONPATH: packages` in task.env.';

const SAID: Readonly<Record<Reason, string>> = {
  'not code': '',
  'virtual environment': `, a virtual environment, which works on this machine alone. ${ENVIRONMENT_REMEDY}`,
  'link to nothing': ', which links to nothing',
  pipe: ', a pipe',
  socket: ', a socket',
  device: ', a device',
};

const PLACES = 4;

/** The first places, and how many more. */
export function listed(paths: readonly string[]): string {
  const more = paths.length > PLACES ? ` and ${paths.length - PLACES} more` : '';
  return `${paths.slice(0, PLACES).join(', ')}${more}`;
}

/** Names and how often they occur: twenty folders of one name are one thing to read. */
function counted(paths: readonly string[]): string {
  const names = Map.groupBy(paths, (path) => path.split('/').at(-1) ?? path);
  return [...names].map(([name, { length }]) => (length > 1 ? `${length} × ${name}` : name)).join(', ');
}
