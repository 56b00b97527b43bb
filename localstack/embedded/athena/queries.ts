import { randomUUID } from 'node:crypto';
import { AwsError } from '../http/aws-error.ts';
import { failureReason, QueryFailure } from './query-failure.ts';
import type { QuerySurroundings } from './run-unload.ts';
import { parseUnload, type UnloadStatement } from './unload-statement.ts';

type State = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** A query as it was asked for and as it stands. */
export interface Query {
  readonly id: string;
  readonly text: string;
  readonly database: string;
  readonly workGroup: string;
  readonly statement: UnloadStatement;
  /** Epoch milliseconds. */
  readonly submittedAt: number;
  readonly stopping: AbortController;
  state: State;
  reason?: string;
  completedAt?: number;
}

export type QueryRequest = Pick<Query, 'text' | 'database' | 'workGroup'> & { readonly token: string | undefined };

/** Every query since the service started. They run one after the other; the others are QUEUED. */
export class Queries {
  readonly #around: QuerySurroundings;
  readonly #timeoutMs: number;
  readonly #byId = new Map<string, Query>();
  readonly #byToken = new Map<string, Query>();
  #line: Promise<void> = Promise.resolve();

  constructor(around: QuerySurroundings, timeoutMs: number) {
    this.#around = around;
    this.#timeoutMs = timeoutMs;
  }

  /** Queues a query. The token of an earlier one stands for that one, if everything else is the same too. */
  start({ token, text, database, workGroup }: QueryRequest): Query {
    const known = token === undefined ? undefined : this.#byToken.get(token);
    if (known !== undefined) {
      if (known.text === text && known.database === database && known.workGroup === workGroup) return known;
      throw new AwsError('InvalidRequestException', 'Idempotent parameters do not match');
    }
    const query: Query = {
      id: randomUUID(),
      text,
      database,
      workGroup,
      statement: parseUnload(text),
      submittedAt: Date.now(),
      stopping: new AbortController(),
      state: 'QUEUED',
    };
    this.#byId.set(query.id, query);
    if (token !== undefined) this.#byToken.set(token, query);
    this.#line = this.#line.then(() => this.#run(query));
    return query;
  }

  find(id: string): Query {
    const query = this.#byId.get(id);
    if (query === undefined) throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
    return query;
  }

  /** A query that is over stays as it is. */
  stop(id: string): void {
    const query = this.find(id);
    if (query.state === 'QUEUED') this.#end(query, 'CANCELLED', 'Query cancelled by user');
    query.stopping.abort(new QueryFailure('Query cancelled by user'));
  }

  /** Stops what runs or waits, and resolves when all of it is over. */
  async close(): Promise<void> {
    for (const { id } of this.#byId.values()) this.stop(id);
    await this.#line;
  }

  async #run(query: Query): Promise<void> {
    if (query.state !== 'QUEUED') return;
    query.state = 'RUNNING';
    const { id, database, statement, stopping } = query;
    const timeout = setTimeout(() => stopping.abort(new QueryFailure('Query timeout')), this.#timeoutMs);
    try {
      // DuckDB takes longer to load than most clouds take to start, and few of them are ever asked.
      const { runUnload } = await import('./run-unload.ts');
      await runUnload(this.#around, { id, database, statement, signal: stopping.signal });
      this.#end(query, 'SUCCEEDED');
    } catch (thrown) {
      const reason = failureReason(stopping.signal.aborted ? stopping.signal.reason : thrown);
      this.#end(query, reason === 'Query cancelled by user' ? 'CANCELLED' : 'FAILED', reason);
    } finally {
      clearTimeout(timeout);
    }
  }

  #end(query: Query, state: State, reason?: string): void {
    query.state = state;
    query.completedAt = Date.now();
    if (reason !== undefined) query.reason = reason;
  }
}
