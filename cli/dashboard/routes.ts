import type { Asset } from './assets.ts';
import type { Feed } from './feed.ts';

/** What the routes of the data work with. */
export interface RouteServices {
  readonly feed: Feed;
  readonly logs: LogSource;
  /** Each says in a sentence what came of it; undefined for a run that nobody knows. */
  readonly actions: Actions;
  /** The report of a run that ended on this machine. */
  readonly report: (runId: string) => Asset | undefined;
}

/** What may be done with a run from the page. */
export interface Actions {
  cancel(runId: string): Promise<string | undefined>;
  /** LS_NOT_RESUMABLE for a run that cannot go on. */
  resume(runId: string): Promise<string | undefined>;
}

export interface LogSource {
  /** Logs of a run, attempt by attempt and rank by rank; none where no task has written any. */
  list(runId: string): Promise<readonly LogEntry[]>;
  /** The end of one log; undefined where there is none. */
  tail(runId: string, attempt: number, rank: number): Promise<LogTail | undefined>;
}

export interface LogEntry {
  readonly attempt: number;
  readonly rank: number;
  readonly sizeBytes: number;
}

export interface LogTail {
  readonly text: string;
  /** Bytes before the text that are not shown. */
  readonly skippedBytes: number;
}

interface Route {
  readonly method: 'GET' | 'POST';
  readonly pattern: RegExp;
  /** An object is answered as JSON, an asset as it is, undefined as 404. `path` holds the groups of the pattern. */
  readonly handle: (path: readonly string[], services: RouteServices) => Promise<unknown> | unknown;
}

export const ROUTES: readonly Route[] = [
  { method: 'GET', pattern: /^\/api\/runs$/, handle: (_, { feed }) => feed.runs() },
  { method: 'GET', pattern: /^\/api\/runs\/([\w-]+)$/, handle: ([run = ''], { feed }) => feed.run(run) },
  { method: 'GET', pattern: /^\/api\/runs\/([\w-]+)\/logs$/, handle: ([run = ''], { logs }) => logs.list(run) },
  {
    method: 'GET',
    pattern: /^\/api\/runs\/([\w-]+)\/logs\/(\d{1,6})\/(\d{1,6})$/,
    handle: ([run = '', attempt, rank], { logs }) => logs.tail(run, Number(attempt), Number(rank)),
  },
  {
    method: 'POST',
    pattern: /^\/api\/runs\/([\w-]+)\/(cancel|resume)$/,
    async handle([run = '', action], { actions }) {
      const message = await (action === 'cancel' ? actions.cancel(run) : actions.resume(run));
      return message === undefined ? undefined : { message };
    },
  },
  { method: 'GET', pattern: /^\/api\/runs\/([\w-]+)\/report$/, handle: ([run = ''], { report }) => report(run) },
];
