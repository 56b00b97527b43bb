import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';
import type { ModulePrediction } from '#core/inference/plan.ts';
import type { ModelFiles, Predictor, Predictors } from '#core/inference/ports.ts';
import { type GivenRows, type ModuleThread, startModuleThread } from './module-thread.ts';

/** The part of `Predictors` that concerns modules. */
export interface ModulePredictors extends Pick<Predictors<RecordBatch>, 'fieldsOf' | 'close'> {
  open(prediction: ModulePrediction): Promise<Predictor<RecordBatch>>;
}

/** Modules in TypeScript or JavaScript, each loaded once in a thread that the next partition finds. */
export function modulePredictors(files: ModelFiles): ModulePredictors {
  const threads = new Set<ModuleThread>();
  /** Threads that work on nothing, by module. */
  const idle = new Map<string, ModuleThread[]>();

  const take = async ({ model, timeoutS }: Pick<ModulePrediction, 'model' | 'timeoutS'>): Promise<ModuleThread> => {
    for (let known = idle.get(model.sha256)?.pop(); known; known = idle.get(model.sha256)?.pop()) {
      // A module may end its thread while it has nothing to do.
      if (known.isUsable) return known;
      threads.delete(known);
    }
    const path = await files.path(model, 'mjs');
    const thread = await startModuleThread({ path, name: model.uri, timeoutS });
    threads.add(thread);
    return thread;
  };
  const give = ({ model }: Pick<ModulePrediction, 'model'>, thread: ModuleThread): void => {
    if (thread.isUsable) idle.set(model.sha256, [...(idle.get(model.sha256) ?? []), thread]);
    else threads.delete(thread);
  };

  async function* run(
    module: Omit<ModulePrediction, 'fields'> & Partial<Pick<ModulePrediction, 'fields'>>,
    batches: AsyncIterable<RecordBatch>,
  ): AsyncGenerator<GivenRows, void, void> {
    const thread = await take(module);
    try {
      yield* thread.predict(selected(batches, module.columns), module.fields);
    } finally {
      give(module, thread);
    }
  }

  return {
    async fieldsOf(module, rows) {
      let given = 0;
      let fields: GivenRows['fields'] = [];
      for await (const { batch, fields: found } of run(module, one(rows))) {
        given += batch.numRows;
        fields = found;
      }
      if (given === rows.numRows) return fields;
      const message = `${module.model.uri} returned ${given} rows for the ${rows.numRows} that it was given`;
      throw new LockstepError('LS_PREDICTION_FAILED', message);
    },
    async open(module) {
      // Loaded before the first row is read, so that what cannot be loaded is told as that.
      give(module, await take(module));
      return {
        outputFields: module.fields,
        versions: { node: process.versions.node },
        async *predict(batches, watch) {
          const given = run(module, batches);
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
      await Promise.allSettled([...threads].map((thread) => thread.close()));
      threads.clear();
      idle.clear();
    },
  };
}

async function* one(rows: RecordBatch): AsyncGenerator<RecordBatch, void, void> {
  yield rows;
}

/** The columns that the module is given, in their order, whatever that is in the object that they come from. */
async function* selected(batches: AsyncIterable<RecordBatch>, columns: readonly string[]) {
  for await (const batch of batches) yield batch.select([...columns]);
}
