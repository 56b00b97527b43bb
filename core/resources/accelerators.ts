/** What a discovery tool found on a host. The tools themselves are run by the agent; these are their words, parsed. */
import { LockstepError } from '../errors.ts';

/** Decides which variable makes an accelerator visible to a task. */
export type Vendor = 'nvidia' | 'amd' | 'neuron';

export interface Accelerators {
  readonly vendor: Vendor;
  /** In the order of the tool: addresses are what the vendor's visibility variable takes. */
  readonly addresses: readonly string[];
}

/** The error for output that makes no sense: names the tool, the expectation and the beginning of what came. */
export function nonsense(tool: string, expected: string, got: string): LockstepError {
  const shown = got.length > 200 ? `${got.slice(0, 200)}…` : got;
  return new LockstepError(
    'LS_ACCELERATORS_MISSING',
    `${tool}: expected ${expected}, got ${shown.trim() === '' ? 'nothing' : JSON.stringify(shown)}`,
    { remedy: `Run ${tool} on the host by hand and correct what it prints.` },
  );
}

/** Refuses an address twice, because two tasks would share it without asking to. */
export function distinct(tool: string, addresses: readonly string[]): readonly string[] {
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice !== undefined) throw nonsense(tool, 'every address once', addresses.join(', '));
  return addresses;
}
