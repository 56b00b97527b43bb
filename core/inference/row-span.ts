/** Rows of a block from `from` up to but not including `to`, of so many that it has. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
  readonly of: number;
}
