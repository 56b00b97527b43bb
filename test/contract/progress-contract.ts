import { expect, it } from 'vitest';
import type { ProgressStore } from '#core/training/ports.ts';

let count = 0;
const newRun = () => `run-${process.pid}-p${count++}`;

/** What every ProgressStore must do. */
export function progressContract(progress: () => ProgressStore): void {
  it('knows nothing of a run that has said nothing', async () => {
    expect(await progress().get(newRun())).toBeUndefined();
  });

  it('keeps the last word of each run', async () => {
    const [one, other] = [newRun(), newRun()];
    await progress().put(one, { attempt: 0, step: 1, of: 10, metrics: { loss: 0.5 } });
    await progress().put(other, { attempt: 0, step: 2, of: 20, metrics: {} });
    await progress().put(one, { attempt: 1, step: 3, of: 10, metrics: { loss: 0.25, accuracy: 1e-7 } });
    await expect
      .poll(() => progress().get(one))
      .toEqual({ attempt: 1, step: 3, of: 10, metrics: { loss: 0.25, accuracy: 1e-7 } });
    await expect.poll(() => progress().get(other)).toEqual({ attempt: 0, step: 2, of: 20, metrics: {} });
  });
}
