import type { ErrorCode } from '#core/errors.ts';
import type { FromProgram } from './messages.ts';

/** Messages of a program as they are asked for. Its end, and a silence that is too long, are told as a failure. */
export class Incoming {
  readonly #limitMs: number;
  readonly #kill: () => void;
  readonly #there: FromProgram[] = [];
  #arrived = Promise.withResolvers<void>();
  #isOpen = true;

  /** `kill` ends what the messages are from: it was silent for longer than the limit. */
  constructor(limitMs: number, kill: () => void) {
    this.#limitMs = limitMs;
    this.#kill = kill;
  }

  /** False once the program has ended. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  async next(): Promise<FromProgram> {
    if (this.#there.length === 0) {
      const timer = setTimeout(() => {
        const why = `it gave nothing for ${this.#limitMs / 1000} s, the limit of \`predict.timeoutS\``;
        this.end(why, 'LS_PREDICTION_TIMEOUT');
        this.#kill();
      }, this.#limitMs);
      await this.#arrived.promise;
      clearTimeout(timer);
    }
    const [message] = this.#there.splice(0, 1);
    if (this.#there.length === 0) this.#arrived = Promise.withResolvers();
    return message as FromProgram;
  }

  add(message: FromProgram): void {
    this.#there.push(message);
    this.#arrived.resolve();
  }

  /** The first reason is the one that is told. */
  end(failed: string, code: ErrorCode = 'LS_PREDICTOR_DIED'): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.add({ failed, code });
  }
}
