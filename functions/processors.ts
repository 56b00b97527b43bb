import { availableParallelism } from 'node:os';
import { ENV } from '#core/names.ts';

/** Lambda gives one processor for each 1769 MiB. */
const MIB_A_PROCESSOR = 1769;

/** Processors that this function may use. */
export function processors(): number {
  const memoryMiB = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? MIB_A_PROCESSOR);
  const shared = Number(process.env[ENV.processors] ?? availableParallelism());
  return Math.min(Math.floor(memoryMiB / MIB_A_PROCESSOR), shared);
}
