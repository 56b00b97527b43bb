import { existsSync } from 'node:fs';
import type { WarehouseQuery } from '#core/job/job.ts';
import { type QuerySample, withSample } from '../../localstack/embedded/athena/describe-query.ts';
import type { LoadedInfer } from '../job/loaded.ts';
import { counted } from '../output/counted.ts';
import { predictionLines } from '../output/plan-lines.ts';
import { planSample } from '../run/plan-files.ts';
import type { CommandContext } from './context.ts';
import type { Planned } from './plan-training.ts';

/** As many as the plan of a run looks at. */
const SAMPLE_ROWS = 256;

/**
 * What a job with `input.sql` would do, as far as that can be said before its query has run: the columns that it gives, and how
 * its first rows are predicted. LS_QUERY_FAILED, and what the plan of a run refuses.
 */
export async function planQuery(loaded: LoadedInfer, sql: WarehouseQuery, context: CommandContext): Promise<Planned> {
  const warehouse = context.choice.stack === undefined ? loaded.job.local?.warehouse : undefined;
  const why = unknown(warehouse);
  if (warehouse === undefined || why !== undefined) {
    return { object: { kind: 'infer', query: sql }, lines: [`input: not checked: the query, ${why}`] };
  }
  const query = { warehouse, ...sql, signal: context.interrupt.signal };
  return await withSample(query, SAMPLE_ROWS, async ({ columns, file }: QuerySample) => {
    const plan = await planSample(file, loaded, context);
    return {
      object: { kind: 'infer', query: sql, columns, prediction: plan.prediction },
      lines: [
        ...predictionLines(plan),
        `input: a query, which gives ${counted(columns.length, 'column')}: ${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}`,
        'partitions: as many as its rows fill, once Stage has had them written',
      ],
    };
  });
}

/** Why a query cannot be looked into from here; undefined if it can. */
function unknown(warehouse: string | undefined): string | undefined {
  if (warehouse === undefined) return 'which the warehouse of the deployment runs';
  return existsSync(warehouse) ? undefined : `as there is no warehouse in ${warehouse} yet`;
}
