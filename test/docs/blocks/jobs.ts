import { parse, stringify } from 'yaml';
import { parseDocumentText } from '#formats/job/document.ts';

/** The least that a job of each kind says. */
const LEAST: readonly Readonly<Record<string, unknown>>[] = [
  {
    kind: 'train',
    name: 'a',
    gang: { hosts: 1, perTask: { gpu: 0 }, instanceTypes: ['c7i.large'] },
    task: { command: ['python3', 'train.py'] },
  },
  { kind: 'infer', name: 'a', model: 'model.onnx', input: ['rows.arrow'] },
  { kind: 'pipeline', name: 'a', train: 'train.yaml', infer: 'infer.yaml' },
];

/**
 * What is wrong with a block of YAML, which is a job or some fields of one; nothing if the program takes it. Fields must
 * fit into a job of one kind at least.
 */
export function jobProblems(text: string): readonly string[] {
  const value = parse(text);
  if (typeof value !== 'object' || value === null) return ['it is no mapping'];
  if ('kind' in value) return refusals(text);
  const found = LEAST.map((least) => refusals(stringify(merged(least, value))));
  return found.some((problems) => problems.length === 0) ? [] : found.flat();
}

function refusals(text: string): readonly string[] {
  try {
    parseDocumentText(text, 'job');
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
}

function merged(base: unknown, over: unknown): unknown {
  if (!isMapping(base) || !isMapping(over)) return over;
  const keys = Object.entries(over).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(keys) };
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
