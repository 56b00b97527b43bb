/** One line of the table that `npm run bench` prints. */
export interface Row {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** What the figure is held against, e.g. `≤ 150`; empty where it is only told. */
  readonly reach: string;
}

/** A row over samples of one figure. Throws without samples: a bench that measured nothing has failed. */
export function rowOf(name: string, samples: readonly number[], about: { unit: string; reach: string }): Row {
  const sorted = [...samples].sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) throw new Error(`no samples: ${name}`);
  return { name, median: quantile(sorted, 0.5), min, max, ...about };
}

/** The sample below which this part of the sorted samples lies, by nearest rank. */
export function quantile(sorted: readonly number[], part: number): number {
  const at = Math.max(0, Math.ceil(part * sorted.length) - 1);
  return sorted[at] as number;
}
