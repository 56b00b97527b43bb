import { failedRows } from './failed-rows.ts';
import type { InferenceManifest, SourceRange } from './manifest.ts';
import { rowsProblem } from './task-commit.ts';

/** Whether a document has what a manifest is proven by; those of 0.1 do not say what their parts stand for. */
export function isManifest(document: unknown): document is InferenceManifest {
  const { inputs, parts, totals } = (document ?? {}) as Partial<Record<keyof InferenceManifest, unknown>>;
  const isSource = (source: unknown) => has(source, { uri: 'string', firstBatch: 'number', batches: 'number' });
  const isPart = (part: unknown) =>
    has(part, { uri: 'string', partition: 'number', rows: 'number', sizeBytes: 'number', sha256: 'string' }) &&
    isListOf((part as { readonly sources?: unknown }).sources, isSource);
  return (
    isListOf(inputs, (input) => has(input, { uri: 'string', blocks: 'number' })) &&
    isListOf(parts, isPart) &&
    has(totals, { rows: 'number', parts: 'number', sizeBytes: 'number' })
  );
}

const isListOf = (value: unknown, isOne: (item: unknown) => boolean): boolean =>
  Array.isArray(value) && value.every(isOne);

const has = (value: unknown, types: Readonly<Record<string, 'string' | 'number'>>): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.entries(types).every(([key, type]) => typeof (value as Readonly<Record<string, unknown>>)[key] === type);

/**
 * What is wrong with a manifest by itself, in a sentence that names the first part at fault: its parts stand for every record
 * batch or row group of its inputs, each once and in their order, and add up to its totals; every row that went in came out, was
 * set aside or was left out. Undefined where nothing is.
 */
export function manifestProblem(manifest: InferenceManifest): string | undefined {
  return numberProblem(manifest) ?? rangeProblem(manifest) ?? totalProblem(manifest) ?? failedProblem(manifest);
}

/** Every partition has one part, or was split into others. */
function numberProblem({ parts, split = [] }: InferenceManifest): string | undefined {
  const seen = new Set<number>(split);
  const all = parts.length + split.length;
  for (const { uri, partition } of parts) {
    // Pieces of a partition that was committed whole after all have no part.
    if (partition < 0 || (split.length === 0 && partition >= all))
      return `${uri} is of partition ${partition} of ${all}`;
    if (seen.has(partition)) return `${uri} is a second part of partition ${partition}`;
    seen.add(partition);
  }
  return undefined;
}

function rangeProblem({ inputs, parts }: InferenceManifest): string | undefined {
  const expected = inputs.flatMap(({ uri, etag, blocks }) => (blocks > 0 ? [{ uri, etag, blocks }] : []));
  let [input, block, row] = [0, 0, 0];
  for (const part of parts) {
    for (const source of part.sources) {
      const next = expected[input];
      const isNext = source.uri === next?.uri && source.etag === next.etag && source.firstBatch === block;
      if (!isNext || block + source.batches > next.blocks || row !== (source.rows?.from ?? 0)) {
        return `${part.uri} stands for ${rangeText(source)}, expected ${next ? `batch ${block} of ${next.uri}` : 'no more'}`;
      }
      row = source.rows && source.rows.to < source.rows.of ? source.rows.to : 0;
      if (row > 0) continue;
      block += source.batches;
      if (block === next.blocks) [input, block] = [input + 1, 0];
    }
  }
  const rest = expected[input];
  return rest && `no part stands for the batches of ${rest.uri} from ${block} on, of ${rest.blocks}`;
}

const rangeText = ({ uri, firstBatch, batches, rows }: SourceRange): string =>
  rows
    ? `rows ${rows.from} to ${rows.to} of batch ${firstBatch} of ${uri}`
    : `${batches} batches of ${uri} from ${firstBatch} on`;

function totalProblem({ parts, totals }: InferenceManifest): string | undefined {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  const got = `${parts.length} parts with ${rows} rows and ${sizeBytes} bytes`;
  if (parts.length === totals.parts && rows === totals.rows && sizeBytes === totals.sizeBytes) return undefined;
  return `it lists ${got}, its totals say ${totals.parts} with ${totals.rows} and ${totals.sizeBytes}`;
}

function failedProblem({ parts, failed }: InferenceManifest): string | undefined {
  if (failed === undefined) return undefined;
  for (const { partition, rowsIn, ...counts } of failed.partitions) {
    const own = parts.filter((part) => part.partition === partition);
    if (own.length === 0) return `it says what became of rows of partition ${partition}, which has no part`;
    const rowsOut = own.reduce((sum, part) => sum + part.rows, 0);
    const problem = rowsProblem({ rowsIn, rowsOut, failed: counts });
    if (problem !== undefined) return `partition ${partition}: ${problem}`;
  }
  const sum = failed.partitions.reduce((total, counts) => total + failedRows(counts), 0);
  const all = failedRows(failed);
  return sum === all ? undefined : `${sum} rows of its partitions have no prediction, ${all} are counted`;
}
