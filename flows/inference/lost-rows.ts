import { type ErrorCode, LockstepError } from '#core/errors.ts';
import type { PlannedPartition } from '#core/inference/plan.ts';
import type { RowPolicy } from '#core/job/row-policy.ts';
import type { BadRows } from './isolate-rows.ts';
import { placed } from './placed.ts';
import type { SourcedBatch } from './slices.ts';

type Lost = NonNullable<PlannedPartition['lost']>;

const CODE = { timeout: 'LS_PREDICTION_TIMEOUT', oom: 'LS_PREDICTOR_DIED' } as const satisfies Record<Lost, ErrorCode>;
const WHY = {
  timeout: 'no attempt had its prediction before the time of a function was over',
  oom: 'every function that was to predict it was killed, or ended by itself',
} as const;

/** Rows that ended every attempt at them, as rows without a prediction: nothing predicts them. The error, where the job fails for them. */
export async function* lostRows(
  source: AsyncIterable<SourcedBatch>,
  { lost, onError }: { readonly lost: Lost; readonly onError: RowPolicy },
): AsyncGenerator<BadRows, void, void> {
  for await (const sourced of source) {
    const { uri, block, firstRow, batch, release } = sourced;
    if (batch.numRows === 0) {
      release();
      continue;
    }
    const [code, message] = [CODE[lost], `row ${firstRow}: ${WHY[lost]}`];
    if (onError[lost] === 'fail') throw placed(new LockstepError(code, message), sourced);
    yield { batch, bad: { uri, block, row: firstRow, class: lost, code, message: WHY[lost] }, release };
  }
}
