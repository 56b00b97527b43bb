import { availableParallelism } from 'node:os';
import { LockstepError } from '#core/errors.ts';
import type { FunctionSpec } from '../lambda/function-spec.ts';
import type { Assembly } from './assembly.ts';
import type { Declared } from './declared.ts';

/** Environments of one function at once, whatever the template reserves: a laptop has little memory. */
const MAX_CONCURRENCY = 8;
/** Lambda gives one processor for each. */
const MIB_A_PROCESSOR = 1769;

/**
 * Environments that this machine can keep busy: as many as its processors are enough for, and one more, which reads while
 * the others compute. More of them fight over the processors and are each as slow to start.
 */
export function environmentsFor(memoryMiB: number, processors: number): number {
  const each = Math.min(Math.max(memoryMiB / MIB_A_PROCESSOR, 1 / MAX_CONCURRENCY), processors);
  return Math.min(Math.floor(processors / each) + 1, MAX_CONCURRENCY);
}

interface FunctionProperties {
  readonly Code?: { readonly S3Key?: string };
  readonly Handler?: string;
  readonly Runtime?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

/** `AWS::Lambda::Function` → what the Lambda service starts. LS_USAGE for what is not Node.js code in a file asset. */
export function functionSpec({ logicalId, ref, arn, properties }: Declared, assembly: Assembly): FunctionSpec {
  const given = properties as FunctionProperties;
  const codeDir = given.Code?.S3Key === undefined ? undefined : assembly.assetPath(given.Code.S3Key);
  if (codeDir === undefined || given.Handler === undefined || !given.Runtime?.startsWith('nodejs')) {
    const message = `the function ${logicalId} is not Node.js code in a file asset of the assembly`;
    throw new LockstepError('LS_USAGE', message, { remedy: 'Use `Code.fromAsset` and a nodejs runtime.' });
  }
  const variables = Object.entries(given.Environment?.Variables ?? {});
  const memoryMiB = given.MemorySize ?? 128;
  const environments = environmentsFor(memoryMiB, availableParallelism());
  return {
    name: ref,
    arn,
    codeDir,
    handler: given.Handler,
    timeoutMs: (given.Timeout ?? 3) * 1000,
    memoryMiB,
    environment: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    maxConcurrency: Math.min(given.ReservedConcurrentExecutions ?? environments, environments),
  };
}
