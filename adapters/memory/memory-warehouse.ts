import { LockstepError } from '#core/errors.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { QueryStatus, Warehouse } from '#core/training/ports.ts';

/** What a query of the memory warehouse does: how often it is seen running, then its result or its failure. */
export interface ScriptedQuery {
  readonly polls?: number;
  readonly outcome: { readonly files: readonly Uint8Array[] } | { readonly failed: string };
}

/** A warehouse whose queries are scripted by their SQL; the result lands below `outputUri` as `part-<n>`. */
export function memoryWarehouse(objects: Objects, queries: Readonly<Record<string, ScriptedQuery>>): Warehouse {
  const ids = new Map<string, string>();
  const started = new Map<string, { script: ScriptedQuery; readonly outputUri: string; left: number }>();
  return {
    async start({ database, sql, outputUri }) {
      const script = queries[sql] ?? { outcome: { failed: `no such query: ${sql}` } };
      const token = JSON.stringify([database, sql, outputUri]);
      const queryId = ids.get(token) ?? `query-${ids.size}`;
      if (!ids.has(token)) started.set(queryId, { script, outputUri, left: script.polls ?? 0 });
      ids.set(token, queryId);
      return queryId;
    },
    async poll(queryId): Promise<QueryStatus> {
      const query = started.get(queryId);
      if (query === undefined) throw new LockstepError('LS_QUERY_FAILED', `there is no query ${queryId}`);
      if (query.left > 0) {
        query.left--;
        return { state: 'running' };
      }
      const { outcome } = query.script;
      if ('failed' in outcome) return { state: 'failed', reason: outcome.failed };
      for (const [index, bytes] of outcome.files.entries()) await objects.put(`${query.outputUri}part-${index}`, bytes);
      return { state: 'succeeded' };
    },
    async stop(queryId) {
      const query = started.get(queryId);
      if (query === undefined) throw new LockstepError('LS_QUERY_FAILED', `there is no query ${queryId}`);
      if (query.left === 0) return;
      query.left = 0;
      query.script = { outcome: { failed: 'the query was cancelled' } };
    },
  };
}
