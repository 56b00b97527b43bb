import { createHash } from 'node:crypto';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { LockstepError } from '#core/errors.ts';
import type { QueryStatus, Warehouse } from '#core/ports.ts';

/**
 * Athena. The result of a query is written by UNLOAD, below `outputUri`, which must be empty. The same query for the same
 * output is started once however often it is asked for: its token is made from both. LS_QUERY_FAILED for a text that
 * Athena refuses at once; what fails later is in the status.
 */
export function athenaWarehouse(client: AthenaClient, workgroup: string): Warehouse {
  return {
    async start({ database, sql, outputUri }) {
      const input = {
        QueryString: unload(sql, outputUri),
        QueryExecutionContext: { Database: database },
        WorkGroup: workgroup,
        ClientRequestToken: createHash('sha256')
          .update(JSON.stringify([database, sql, outputUri]))
          .digest('hex'),
      };
      try {
        const { QueryExecutionId = '' } = await client.send(new StartQueryExecutionCommand(input));
        return QueryExecutionId;
      } catch (error) {
        if (!(error instanceof InvalidRequestException)) throw error;
        throw new LockstepError('LS_QUERY_FAILED', error.message, { cause: error });
      }
    },
    async poll(queryId): Promise<QueryStatus> {
      const input = { QueryExecutionId: queryId };
      const { QueryExecution } = await client.send(new GetQueryExecutionCommand(input));
      const { State, StateChangeReason } = QueryExecution?.Status ?? {};
      if (State === 'SUCCEEDED') return { state: 'succeeded' };
      if (State === 'QUEUED' || State === 'RUNNING') return { state: 'running' };
      return { state: 'failed', reason: StateChangeReason ?? `the query is ${State}` };
    },
    async stop(queryId) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: queryId }));
    },
  };
}

/** A semicolon cannot stand inside the envelope, and a line comment at the end of the query must not swallow it. */
function unload(sql: string, outputUri: string): string {
  const select = sql.trim().replace(/;+$/, '');
  const to = outputUri.replaceAll("'", "''");
  return `UNLOAD (${select}\n) TO '${to}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
}
