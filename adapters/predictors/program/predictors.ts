import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { ProgramPrediction, UnplannedProgram } from '#core/inference/plan.ts';
import type { Predictor, Predictors } from '#core/inference/ports.ts';
import type { PredictionField } from '#core/inference/prediction.ts';
import type { GivenRows, LoadedProgram } from './program.ts';

/** The part of `Predictors` that concerns programs of the user's. */
export interface ProgramPredictors extends Pick<Predictors<RecordBatch>, 'fieldsOf' | 'close'> {
  open(prediction: ProgramPrediction): Promise<Predictor<RecordBatch>>;
}

/** Programs, each loaded once by `start` in a thread or process that the next partition finds. */
export function programPredictors(start: (program: UnplannedProgram) => Promise<LoadedProgram>): ProgramPredictors {
  const programs = new Set<LoadedProgram>();
  /** Those that work on nothing, by all that decides what they do. */
  const idle = new Map<string, LoadedProgram[]>();

  const take = async (wanted: UnplannedProgram): Promise<LoadedProgram> => {
    for (let known = idle.get(keyOf(wanted))?.pop(); known; known = idle.get(keyOf(wanted))?.pop()) {
      if (known.isUsable) return known;
      programs.delete(known);
    }
    const program = await start(wanted);
    programs.add(program);
    return program;
  };
  const give = (wanted: UnplannedProgram, program: LoadedProgram): void => {
    if (program.isUsable) idle.set(keyOf(wanted), [...(idle.get(keyOf(wanted)) ?? []), program]);
    else programs.delete(program);
  };

  async function* run(
    wanted: UnplannedProgram,
    batches: AsyncIterable<RecordBatch>,
    fields?: readonly PredictionField[],
  ): AsyncGenerator<GivenRows, void, void> {
    const program = await take(wanted);
    try {
      yield* program.predict(selected(batches, wanted.columns), fields);
    } finally {
      give(wanted, program);
    }
  }

  return {
    async fieldsOf(wanted, rows) {
      let given = 0;
      let fields: GivenRows['fields'] = [];
      for await (const { batch, fields: found } of run(wanted, one(rows))) {
        given += batch.numRows;
        fields = found;
      }
      if (given === rows.numRows) return fields;
      const message = `${wanted.model.uri} returned ${given} rows for the ${rows.numRows} that it was given`;
      throw new LockstepError('LS_PREDICTION_FAILED', message);
    },
    async open(planned) {
      // Loaded before the first row is read, so that what cannot be loaded is told as that.
      const program = await take(planned);
      give(planned, program);
      return {
        outputFields: planned.fields,
        versions: program.versions,
        async *predict(batches, watch) {
          const given = run(planned, batches, planned.fields);
          try {
            for (;;) {
              const { value, done } = await watch.timeAsync('run', () => given.next());
              if (done) return;
              yield value.batch;
            }
          } finally {
            await given.return();
          }
        },
      };
    },
    async close() {
      await Promise.allSettled([...programs].map((program) => program.close()));
      programs.clear();
      idle.clear();
    },
  };
}

const keyOf = (program: UnplannedProgram): string =>
  [program.model.sha256, program.timeoutS, program.kind === 'python' ? program.python : ''].join(' ');

async function* one(rows: RecordBatch): AsyncGenerator<RecordBatch, void, void> {
  yield rows;
}

/** The columns that the program is given, in their order, whatever that is in the object that they come from. */
async function* selected(batches: AsyncIterable<RecordBatch>, columns: readonly string[]) {
  for await (const batch of batches) yield batch.select([...columns]);
}
