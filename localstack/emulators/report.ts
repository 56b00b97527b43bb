/** What a part of the tests counted. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What failed, a line each. */
  readonly failures?: readonly string[];
}

/** Runs parts one after the other, says how each went, and counts. */
export class Report {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void = (line) => void process.stdout.write(`${line}\n`)) {
    this.#say = say;
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** True if the part passed. A part that counts nothing itself is one test; one that was left out is told of by `skip`. */
  async part(name: string, run: () => Promise<Counts | undefined>): Promise<boolean> {
    const began = performance.now();
    try {
      const counts = (await run()) ?? { passed: 1, failed: 0, skipped: 0 };
      this.#add(counts);
      if (counts.passed + counts.failed > 0) this.#line(counts.failed === 0 ? 'ok' : 'FAILED', name, began);
      for (const failure of counts.failures ?? []) this.#say(indented(failure));
      return counts.failed === 0;
    } catch (error) {
      this.#add({ passed: 0, failed: 1, skipped: 0 });
      this.#line('FAILED', name, began);
      this.#say(indented(error instanceof Error ? error.message : String(error)));
      return false;
    }
  }

  skip(name: string, why: string): void {
    this.#add({ passed: 0, failed: 0, skipped: 1 });
    this.#say(`skipped         ${name}: ${why}`);
  }

  /** The line that machines read, alone at the end. */
  close(): void {
    const { passed, failed, skipped } = this.#counts;
    this.#say(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  }

  #add({ passed, failed, skipped }: Counts): void {
    const before = this.#counts;
    this.#counts = {
      passed: before.passed + passed,
      failed: before.failed + failed,
      skipped: before.skipped + skipped,
    };
  }

  #line(word: string, name: string, began: number): void {
    const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(6);
    this.#say(`${word.padEnd(8)}${seconds} s ${name}`);
  }
}

const indented = (text: string) => text.replace(/^/gm, '    ');
