import type { RunPorts } from './ports.ts';

/** A file of rows that whoever starts a run brings along. */
export interface RunInput {
  /** Its own name, without a folder. */
  readonly name: string;
  /** LS_DATA_UNREADABLE if it cannot be read. */
  read(): Uint8Array | Promise<Uint8Array>;
}

/** Puts inputs under numbered names, so that their order stays and two of the same name do not collide. */
export async function putInputs(
  { objects }: Pick<RunPorts, 'objects'>,
  inputs: readonly RunInput[],
  uriOf: (name: string) => string,
): Promise<void> {
  for (const [i, input] of inputs.entries()) {
    await objects.put(uriOf(`${String(i).padStart(6, '0')}-${input.name}`), await input.read());
  }
}
