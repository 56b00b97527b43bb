import { mkdirSync } from 'node:fs';
import { S3Client } from '@aws-sdk/client-s3';
import { AwsError } from '../http/aws-error.ts';
import { awsJson } from '../http/aws-json.ts';
import { listen } from '../http/listen.ts';
import { REGION } from '../template/account.ts';
import { Queries, type Query } from './queries.ts';

const TIMEOUT_MS = 10 * 60 * 1000;

/** Athena on loopback: UNLOAD statements over a folder of Parquet and CSV files, run by DuckDB. */
export interface AthenaService {
  readonly url: string;
  stop(): Promise<void>;
}

export interface AthenaOptions {
  /** `<database>/<table>.parquet`; see warehouse-tables.ts. Without it there are no tables. */
  readonly warehouse?: string;
  /** For what a query needs while it runs. */
  readonly workFolder: string;
  /** The S3 that results are put to. */
  readonly s3Url: string;
  /** 0 (default) takes a free one; LS_PORT_BUSY if a given one is taken. */
  readonly port?: number;
  /** A query that takes longer fails. @default 600000 */
  readonly timeoutMs?: number;
}

interface StartInput {
  readonly QueryString?: string;
  readonly ClientRequestToken?: string;
  readonly QueryExecutionContext?: { readonly Database?: string };
  readonly WorkGroup?: string;
}

/** Starts the service. */
export async function startAthena(options: AthenaOptions): Promise<AthenaService> {
  const { warehouse, workFolder, s3Url, port = 0, timeoutMs = TIMEOUT_MS } = options;
  mkdirSync(workFolder, { recursive: true });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const s3 = new S3Client({ endpoint: s3Url, forcePathStyle: true, region: REGION, credentials });
  const queries = new Queries({ warehouse, workFolder, s3 }, timeoutMs);

  const start = (input: StartInput) => {
    if (!input.QueryString) throw new AwsError('InvalidRequestException', 'QueryString must not be empty');
    const query = queries.start({
      text: input.QueryString,
      database: input.QueryExecutionContext?.Database ?? 'default',
      workGroup: input.WorkGroup ?? 'primary',
      token: input.ClientRequestToken,
    });
    return { QueryExecutionId: query.id };
  };
  const operations = {
    StartQueryExecution: start,
    GetQueryExecution: (input: { readonly QueryExecutionId: string }) => describe(queries.find(input.QueryExecutionId)),
    StopQueryExecution: (input: { readonly QueryExecutionId: string }) => queries.stop(input.QueryExecutionId),
  };
  const listener = await listen(awsJson(operations), port);
  return {
    url: listener.url,
    async stop() {
      await Promise.all([listener.close(), queries.close()]);
      s3.destroy();
    },
  };
}

/** Times of this protocol are seconds since the epoch. */
function describe(query: Query) {
  const { id, text, database, workGroup, state, reason, submittedAt, completedAt } = query;
  return {
    QueryExecution: {
      QueryExecutionId: id,
      Query: text,
      StatementType: 'DML',
      QueryExecutionContext: { Database: database, Catalog: 'awsdatacatalog' },
      WorkGroup: workGroup,
      Status: {
        State: state,
        StateChangeReason: reason,
        SubmissionDateTime: submittedAt / 1000,
        ...(completedAt !== undefined && { CompletionDateTime: completedAt / 1000 }),
      },
    },
  };
}
