import { LockstepError } from '#core/errors.ts';
import type { FunctionSpec } from '../lambda/function-spec.ts';
import type { Assembly } from './assembly.ts';
import type { Declared } from './declared.ts';

/** Environments of one function at once, where the template reserves no concurrency: a laptop has few processors. */
const MAX_CONCURRENCY = 8;

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
  return {
    name: ref,
    arn,
    codeDir,
    handler: given.Handler,
    timeoutMs: (given.Timeout ?? 3) * 1000,
    memoryMiB: given.MemorySize ?? 128,
    environment: Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    maxConcurrency: Math.min(given.ReservedConcurrentExecutions ?? MAX_CONCURRENCY, MAX_CONCURRENCY),
  };
}
