/**
 * Amounts of an accelerator, in whole units.
 *
 * Floating point loses the last task: nine times one ninth is less than one, forty-nine times one forty-ninth is more.
 * So an accelerator is 10^16 units, and an amount that is 1/n to within rounding is exactly the n-th part, rounded
 * down: n of them always fit.
 */
import { LockstepError } from '../errors.ts';

/** One whole accelerator. */
export const ONE = 10n ** 16n;

/** Units of an amount: 0, a fraction below 1, or a whole number; anything else is LS_JOB_IMPOSSIBLE. */
export function toUnits(amount: number): bigint {
  if (!Number.isFinite(amount) || amount < 0) throw notAnAmount(amount);
  if (Number.isSafeInteger(amount)) return BigInt(amount) * ONE;
  if (amount > 1) throw notAnAmount(amount);
  const parts = Math.round(1 / amount);
  const isUnitFraction = Math.abs(amount * parts - 1) < 1e-12;
  const units = isUnitFraction ? ONE / BigInt(parts) : BigInt(Math.round(amount * Number(ONE)));
  if (units === 0n) throw notAnAmount(amount);
  return units;
}

/** Tasks of this amount that a host with `accelerators` of them can run at once; Infinity for an amount of 0. */
export function taskSlots(accelerators: number, amount: number): number {
  const units = toUnits(amount);
  if (units === 0n) return Number.POSITIVE_INFINITY;
  if (units >= ONE) return Math.floor(accelerators / Number(units / ONE));
  return accelerators * Number(ONE / units);
}

function notAnAmount(amount: number): LockstepError {
  return new LockstepError(
    'LS_JOB_IMPOSSIBLE',
    `gang.perTask.gpu must be 0, a fraction of one accelerator below 1, or a whole number; got ${amount}`,
    { remedy: 'Ask for a whole number of accelerators a task, or for a fraction such as 0.5 or 0.25.' },
  );
}
