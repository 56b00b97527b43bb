import { DataType, type Field, type Schema, util } from 'apache-arrow';
import { invariant, LockstepError } from '#core/errors.ts';
import type { OutputColumn } from '#core/inference/plan.ts';
import { orMeant } from '#core/job/nearest.ts';
import { unsupported } from '../arrow/check/corrupt.ts';
import { isBytes, isText } from '../arrow/values/plain.ts';

/** The schema of one object of a run. */
export interface SourceSchema {
  readonly uri: string;
  readonly schema: Schema;
}

export interface ColumnUse {
  /** Columns that stand beside the predictions: all, or those named, in that order. */
  readonly keep: 'all' | readonly string[];
  /** Name of the column of predictions. */
  readonly as: string;
  /** Columns that the model reads. */
  readonly reads: readonly string[];
}

/**
 * The columns that every part of a run holds beside the predictions. Objects agree in the columns that the run uses, by
 * name and type, in whatever order; what is neither kept nor read is nobody's business. Texts, and bytes, are of one type
 * whatever their form: large ones, views and dictionaries. LS_SCHEMA_DIFFERS names both
 * sides, LS_MODEL_MISMATCH a column that is not there or a name that is taken.
 */
export function agreedColumns(sources: readonly SourceSchema[], { keep, as, reads }: ColumnUse): OutputColumn[] {
  const [first] = sources;
  invariant(first, 'a run without inputs');
  const names = first.schema.fields.map(({ name }) => name);
  const kept = keep === 'all' ? names : keep;
  const missing = kept.find((name) => !names.includes(name));
  if (missing !== undefined)
    throw mismatch(`\`output.keep\` names \`${missing}\`, the data has ${names.join(', ')}${orMeant(missing, names)}`);
  if (kept.includes(as)) throw mismatch(`the data has a column \`${as}\` already; choose another \`predict.as\``);
  const used = new Set([...kept, ...reads]);
  for (const source of sources) {
    checkNames(source, used);
    for (const name of used) checkSame(name, first, source);
    if (keep === 'all') checkNoOther(first, source);
  }
  const isNullable = (name: string) => sources.some((source) => fieldOf(source, name)?.nullable);
  const isPlain = (name: string) => sources.some((source) => !sameForm(fieldOf(first, name), fieldOf(source, name)));
  return kept.map((name) => ({ name, nullable: isNullable(name), ...(isPlain(name) && { plain: true }) }));
}

const fieldOf = ({ schema }: SourceSchema, name: string): Field | undefined =>
  schema.fields.find((field) => field.name === name);

/** Columns are found by their names. */
function checkNames(source: SourceSchema, used: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (const { name } of source.schema.fields) {
    if (used.has(name) && seen.has(name)) throw unsupported(source, `it has two columns named \`${name}\``);
    seen.add(name);
  }
}

function checkSame(name: string, first: SourceSchema, other: SourceSchema): void {
  const [wanted, got] = [fieldOf(first, name), fieldOf(other, name)];
  if (wanted && got && sameType(wanted.type, got.type)) return;
  throw differs(other, name, { got: got ? `has it as ${typeText(got)}` : 'does not have it', first, wanted });
}

function checkNoOther(first: SourceSchema, other: SourceSchema): void {
  const extra = other.schema.fields.find(({ name }) => !fieldOf(first, name));
  if (!extra) return;
  throw differs(other, extra.name, { got: `has it as ${typeText(extra)}`, first, wanted: undefined });
}

const sameForm = (a: Field | undefined, b: Field | undefined): boolean => !a || !b || identical(a.type, b.type);

/** The id of a dictionary means something only within its object. */
const identical = (a: DataType, b: DataType): boolean =>
  DataType.isDictionary(a) && DataType.isDictionary(b)
    ? a.isOrdered === b.isOrdered && util.compareTypes(a.indices, b.indices) && identical(a.dictionary, b.dictionary)
    : util.compareTypes(a, b);

/** Of one type, but for the form of texts and bytes, at any depth. */
function sameType(a: DataType, b: DataType): boolean {
  if (identical(a, b)) return true;
  const [left, right] = [valuesOf(a), valuesOf(b)];
  if (isText(left) || isBytes(left)) return isText(left) ? isText(right) : isBytes(right);
  const isOther = a.typeId !== b.typeId || a.children?.length !== b.children?.length || DataType.isDictionary(a);
  if (isOther || !a.children?.length || (DataType.isFixedSizeList(a) && a.listSize !== (b as typeof a).listSize)) {
    return false;
  }
  return a.children.every((child: Field, i: number) => {
    const other = b.children[i] as Field;
    return child.name === other.name && child.nullable === other.nullable && sameType(child.type, other.type);
  });
}

const valuesOf = (type: DataType): DataType => (DataType.isDictionary(type) ? type.dictionary : type);

/** The type with what a list calls its items, because that is part of it. */
const typeText = ({ type }: Field): string =>
  [
    String(type),
    ...(type.children ?? []).map((child: Field) => `(${child.name}${child.nullable ? '' : ' not null'})`),
  ].join(' ');

interface Difference {
  readonly got: string;
  readonly first: SourceSchema;
  readonly wanted: Field | undefined;
}

function differs({ uri }: SourceSchema, name: string, { got, first, wanted }: Difference): LockstepError {
  const has = wanted ? `has it as ${typeText(wanted)}` : 'does not have it';
  return new LockstepError('LS_SCHEMA_DIFFERS', `the column \`${name}\`: ${uri} ${got}, ${first.uri} ${has}`);
}

const mismatch = (message: string): LockstepError => new LockstepError('LS_MODEL_MISMATCH', message);
