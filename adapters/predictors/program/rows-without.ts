/** Rows that a program has and that have no predictions: what an error of its may concern. */
export class RowsWithout {
  readonly #batches: number[] = [];
  #done = 0;
  #taken = 0;

  take(rows: number): void {
    this.#taken += rows;
    if (rows > 0) this.#batches.push(rows);
  }

  meet(rows: number): void {
    this.#done += rows;
    while (this.#done > 0 && this.#done >= (this.#batches[0] ?? Number.POSITIVE_INFINITY)) {
      this.#done -= this.#batches.shift() ?? 0;
    }
  }

  /** Undefined for a single row that was given by itself. */
  get text(): string | undefined {
    const [rows] = this.#batches;
    if (rows === 1 && this.#batches.length === 1 && this.#taken === 1) return undefined;
    return rows === undefined ? 'after the last row' : `rows ${this.#done} to ${rows - 1}`;
  }
}
