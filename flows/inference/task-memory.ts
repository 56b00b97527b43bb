import type { InferencePlan } from '#core/inference/plan.ts';
import type { Objects } from '#core/objects/ports.ts';
import { PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { readJson } from '#formats/json/json-object.ts';
import { ReadMemory } from '#formats/read-ahead/read-memory.ts';

/** Memory of one attempt. */
export interface PartitionMemory {
  /** Where record batches are read to. */
  readonly read: ReadMemory;
  /** Where the part is built. */
  readonly part: PartBuffer;
}

/** What one partition leaves for the next in the same process: memory that is warm, and the plan. */
export class TaskMemory {
  /** Mostly there is one, because a process works on one partition after the other. */
  readonly #unused: PartitionMemory[] = [];
  #latest: { readonly uri: string; readonly plan: InferencePlan } | undefined;

  /** Memory that no other attempt holds. */
  take(): PartitionMemory {
    return this.#unused.pop() ?? { read: new ReadMemory(), part: new PartBuffer() };
  }

  give(workspace: PartitionMemory): void {
    this.#unused.push(workspace);
  }

  /** A plan never changes, and the next partition of a process is mostly of the same run. */
  async plan(objects: Objects, uri: string): Promise<InferencePlan> {
    if (this.#latest?.uri === uri) return this.#latest.plan;
    const { value: plan } = await readJson<InferencePlan>(objects, uri);
    this.#latest = { uri, plan };
    return plan;
  }
}
