import { availableParallelism } from 'node:os';
import { LockstepError } from '#core/errors.ts';
import { ENV } from '#core/names.ts';
import type { FunctionSpec } from '../lambda/function-spec.ts';
import type { Assembly } from './assembly.ts';
import type { Declared } from './declared.ts';

/** Environments of one function at once, whatever the template reserves: a laptop has little memory. */
const MAX_CONCURRENCY = 8;
/** Lambda gives one processor for each. */
const MIB_A_PROCESSOR = 1769;

/** How a machine is divided between the environments of one function. */
export interface MachineShare {
  readonly environments: number;
  /** Of each environment, as Lambda would give them, but no more than there are. */
  readonly processors: number;
}

/**
 * As many environments as this machine can keep busy: more of them fight over its processors and are each as slow to start.
 * A function that may use several processors gets one for each environment while there are few: what one thread does by
 * itself costs less than what two hand to each other.
 */
export function machineShare(memoryMiB: number, processors: number): MachineShare {
  const wanted = Math.max(memoryMiB / MIB_A_PROCESSOR, 1 / MAX_CONCURRENCY);
  const environments = Math.min(Math.floor(processors / Math.min(wanted, 1)), MAX_CONCURRENCY);
  const each = Math.floor(Math.min(wanted, processors / environments));
  return { environments, processors: Math.max(1, each) };
}

/** Where the code of a function is: a folder or a zip file, or the text of its one module in the template. */
export type FunctionCode = { readonly path: string } | { readonly inline: string };

/** What a template says of a function; its code has no folder yet that it can run in. */
export interface DeclaredFunction extends Omit<FunctionSpec, 'codeDir'> {
  readonly code: FunctionCode;
}

interface FunctionProperties {
  readonly Code?: { readonly S3Key?: string; readonly ZipFile?: string };
  readonly Layers?: readonly unknown[];
  readonly Handler?: string;
  readonly Runtime?: string;
  readonly Timeout?: number;
  readonly MemorySize?: number;
  readonly ReservedConcurrentExecutions?: number;
  readonly Environment?: { readonly Variables?: Readonly<Record<string, unknown>> };
}

/** `AWS::Lambda::Function` → what the Lambda service starts. LS_USAGE for what is not Node.js code in a file asset or the template. */
export function functionSpec({ logicalId, ref, arn, properties }: Declared, assembly: Assembly): DeclaredFunction {
  const given = properties as FunctionProperties;
  const code = codeOf(given, assembly);
  if (code === undefined || given.Handler === undefined || !given.Runtime?.startsWith('nodejs')) {
    const found = given.Runtime ?? 'a container image';
    const message = `the function ${logicalId} is not Node.js code in a file asset of the assembly, but ${found}`;
    throw new LockstepError('LS_USAGE', message, { remedy: 'Use `Code.fromAsset` and a nodejs runtime.' });
  }
  if (given.Layers !== undefined && given.Layers.length > 0)
    throw new LockstepError('LS_USAGE', `the function ${logicalId} has layers, which the local cloud does not mount`);
  const variables = Object.entries(given.Environment?.Variables ?? {});
  const memoryMiB = given.MemorySize ?? 128;
  const { environments, processors } = machineShare(memoryMiB, availableParallelism());
  return {
    name: ref,
    arn,
    code,
    handler: given.Handler,
    timeoutMs: (given.Timeout ?? 3) * 1000,
    memoryMiB,
    environment: {
      [ENV.processors]: String(processors),
      ...Object.fromEntries(variables.map(([name, value]) => [name, String(value)])),
    },
    maxConcurrency: Math.min(given.ReservedConcurrentExecutions ?? environments, environments),
  };
}

function codeOf({ Code }: FunctionProperties, assembly: Assembly): FunctionCode | undefined {
  if (typeof Code?.ZipFile === 'string') return { inline: Code.ZipFile };
  const path = Code?.S3Key === undefined ? undefined : assembly.assetPath(Code.S3Key);
  return path === undefined ? undefined : { path };
}
