/** The two forms that a module of the user's may have. */
import type { RecordBatch } from 'apache-arrow';
import { LockstepError } from '#core/errors.ts';

export interface UserModule {
  /** What `load` returned; undefined where there is none. */
  readonly loaded: unknown;
  /** Takes all record batches, or one. */
  readonly predict: (rows: unknown, loaded: unknown) => unknown;
  readonly takesAll: boolean;
}

/** Loads what it loads, once. LS_MODEL_UNREADABLE where it exports no `predict`. */
export async function userModule(exported: Readonly<Record<string, unknown>>): Promise<UserModule> {
  const { load, predict = exported.default } = exported;
  if (typeof predict !== 'function') {
    const names = Object.keys(exported).join(', ') || 'nothing';
    throw new LockstepError(
      'LS_MODEL_UNREADABLE',
      `expected a module that exports a function \`predict\`, got ${names}`,
    );
  }
  if (load !== undefined && typeof load !== 'function') {
    throw new LockstepError('LS_MODEL_UNREADABLE', `expected \`load\` to be a function, got a ${typeof load}`);
  }
  const takesAll = /^(Async)?GeneratorFunction$/.test(predict.constructor.name);
  return { loaded: await load?.(), predict: predict as UserModule['predict'], takesAll };
}

export interface Returned {
  readonly value: unknown;
  /** How many rows it must have; undefined where the module may cut what it gives as it likes. */
  readonly rows: number | undefined;
}

/** What the module returns, one after the other: it is handed all batches, or each by itself. */
export async function* passOver(
  { predict, loaded, takesAll }: UserModule,
  batches: AsyncIterable<RecordBatch>,
): AsyncGenerator<Returned, void, void> {
  if (!takesAll) {
    for await (const batch of batches) yield { value: await predict(batch, loaded), rows: batch.numRows };
    return;
  }
  for await (const value of predict(batches, loaded) as AsyncIterable<unknown>) yield { value, rows: undefined };
}
