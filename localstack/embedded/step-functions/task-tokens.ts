import { randomBytes } from 'node:crypto';
import { AwsError } from '../http/aws-error.ts';
import type { OpenToken } from './run.ts';
import { StateFailure } from './state-failure.ts';

interface Waiting {
  settle(outcome: { readonly value: unknown } | { readonly failure: StateFailure }): void;
  beat(): void;
}

/** Tokens of tasks that wait for somebody: who may still answer, and who comes too late. */
export class TaskTokens {
  readonly #waiting = new Map<string, Waiting>();
  /** Tokens whose task is over; an answer to one is refused by another name than an answer to an unknown one. */
  readonly #over = new Set<string>();

  open(): OpenToken {
    const token = randomBytes(192).toString('base64');
    let timer: NodeJS.Timeout | undefined;
    const close = () => {
      clearTimeout(timer);
      this.#waiting.delete(token);
      this.#over.add(token);
    };
    return {
      token,
      close,
      wait: (heartbeatMs) => {
        const { promise, resolve, reject } = Promise.withResolvers<unknown>();
        const settle: Waiting['settle'] = (outcome) => {
          close();
          if ('failure' in outcome) reject(outcome.failure);
          else resolve(outcome.value);
        };
        const missed = () => settle({ failure: new StateFailure('States.HeartbeatTimeout', '') });
        const beat = () => {
          clearTimeout(timer);
          if (heartbeatMs !== undefined) timer = setTimeout(missed, heartbeatMs);
        };
        this.#waiting.set(token, { settle, beat });
        beat();
        return promise;
      },
    };
  }

  succeed(token: string, value: unknown): void {
    this.#find(token).settle({ value });
  }

  fail(token: string, failure: StateFailure): void {
    this.#find(token).settle({ failure });
  }

  beat(token: string): void {
    this.#find(token).beat();
  }

  #find(token: string): Waiting {
    const waiting = this.#waiting.get(token);
    if (waiting !== undefined) return waiting;
    if (this.#over.has(token)) {
      throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    }
    if (!/^[A-Za-z0-9+/=]{100,}$/.test(token)) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
    throw new AwsError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
  }
}
