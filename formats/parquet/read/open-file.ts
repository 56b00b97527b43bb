import type { Schema } from 'apache-arrow';
import type { TableObject } from '#core/inference/layout.ts';
import type { RowGroup } from '../footer/footer.ts';
import type { SlimFooters } from '../footer/slim-footer.ts';

/** A row group with its number and the columns that are needed. */
export interface NeededGroup extends RowGroup {
  readonly number: number;
}

export interface OpenFile {
  readonly table: TableObject;
  readonly footers: SlimFooters;
  /** Of the columns that are needed. */
  readonly schema: Schema;
}
