import { createHash } from 'node:crypto';
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  InvalidRequestException,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-athena';
import { LockstepError } from '#core/errors.ts';
import type { QueryStatus, Warehouse } from '#core/training/ports.ts';

/**
 * Athena as the warehouse: each query is an UNLOAD, so that the rows land as Parquet files that Athena's workers write
 * by themselves. Starting the same query for the same place twice, after a lost reply, is starting it once.
 */
export function athenaWarehouse(client: AthenaClient, workgroup: string): Warehouse {
  return {
    async start({ database, sql, outputUri }) {
      const text = unload(sql, outputUri);
      const command = new StartQueryExecutionCommand({
        QueryString: text,
        WorkGroup: workgroup,
        QueryExecutionContext: { Database: database },
        ClientRequestToken: createHash('sha256').update(`${workgroup}\0${database}\0${text}`).digest('hex'),
      });
      const { QueryExecutionId } = await client.send(command).catch(translate);
      if (QueryExecutionId === undefined) throw new LockstepError('LS_UNAVAILABLE', 'Athena gave the query no id');
      return QueryExecutionId;
    },
    async poll(queryId): Promise<QueryStatus> {
      const command = new GetQueryExecutionCommand({ QueryExecutionId: queryId });
      const { QueryExecution } = await client.send(command).catch(translate);
      const { State, StateChangeReason } = QueryExecution?.Status ?? {};
      if (State === 'SUCCEEDED') return { state: 'succeeded' };
      if (State === 'FAILED' || State === 'CANCELLED') {
        return { state: 'failed', reason: StateChangeReason ?? `the query was ${State.toLowerCase()}` };
      }
      return { state: 'running' };
    },
    async stop(queryId) {
      await client.send(new StopQueryExecutionCommand({ QueryExecutionId: queryId })).catch(translate);
    },
  };
}

/** The line break keeps a comment at the end of the query from swallowing the rest. */
function unload(sql: string, outputUri: string): string {
  const query = sql.trim().replace(/;$/, '');
  return `UNLOAD (${query}\n) TO '${outputUri.replaceAll("'", "''")}' WITH (format = 'PARQUET', compression = 'SNAPPY')`;
}

function translate(error: unknown): never {
  if (error instanceof TooManyRequestsException) {
    throw new LockstepError('LS_UNAVAILABLE', `Athena: ${error.message}`, { cause: error });
  }
  if (error instanceof InvalidRequestException) {
    throw new LockstepError('LS_QUERY_FAILED', error.message, { cause: error });
  }
  throw error;
}
