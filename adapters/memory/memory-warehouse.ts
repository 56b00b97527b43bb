import type { Objects } from '#core/objects/ports.ts';
import type { QueryStatus, Warehouse } from '#core/training/ports.ts';

/** What a query of the memory warehouse does: how often it is seen running, then its result or its failure. */
export interface ScriptedQuery {
  readonly polls?: number;
  readonly outcome: { readonly files: readonly Uint8Array[] } | { readonly failed: string };
}

/** A warehouse whose queries are scripted by their SQL; the result lands below `outputUri` as `part-<n>`. */
export function memoryWarehouse(objects: Objects, queries: Readonly<Record<string, ScriptedQuery>>): Warehouse {
  const running = new Map<string, { readonly script: ScriptedQuery; readonly outputUri: string; left: number }>();
  return {
    async start({ sql, outputUri }) {
      const script = queries[sql] ?? { outcome: { failed: `no such query: ${sql}` } };
      const queryId = `query-${running.size}`;
      running.set(queryId, { script, outputUri, left: script.polls ?? 0 });
      return queryId;
    },
    async poll(queryId): Promise<QueryStatus> {
      const query = running.get(queryId);
      if (query === undefined) return { state: 'failed', reason: `no query ${queryId}` };
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
      running.delete(queryId);
    },
  };
}
