import { setTimeout as sleep } from 'node:timers/promises';
import { AwsError } from '../http/aws-error.ts';
import { listen } from '../http/listen.ts';
import type { Surroundings } from './environment.ts';
import { FunctionPool } from './function-pool.ts';
import type { FunctionSpec } from './function-spec.ts';
import { invokeApi } from './invoke-api.ts';
import type { LambdaService } from './lambda-service.ts';

/** AWS waits one and two minutes before it repeats an asynchronous invocation; nobody wants to watch that. */
const ASYNC_RETRY_DELAYS_MS = [500, 1000];

/** Starts the Invoke API; a function's process starts at its first event. */
export async function startLambda(
  specs: readonly FunctionSpec[],
  around: Surroundings,
  port = 0,
): Promise<LambdaService> {
  const pools = new Map(specs.map((spec) => [spec.name, new FunctionPool(spec, around)]));
  const stopping = new AbortController();

  const invoke = (nameOrArn: string, payload: string) => {
    const pool = pools.get(functionName(nameOrArn));
    if (pool === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${nameOrArn}`, 404);
    return pool.invoke(payload);
  };
  const invokeAsync = async (nameOrArn: string, payload: string) => {
    let outcome = await invoke(nameOrArn, payload);
    for (const delayMs of ASYNC_RETRY_DELAYS_MS) {
      if (outcome.ok || stopping.signal.aborted) break;
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (!stopping.signal.aborted) outcome = await invoke(nameOrArn, payload);
    }
    return outcome;
  };

  const api = await listen(invokeApi({ invoke, invokeAsync }), port);
  return {
    url: api.url,
    invoke,
    invokeAsync,
    prepare: (nameOrArn) => void pools.get(functionName(nameOrArn))?.prepare(),
    async stop() {
      stopping.abort();
      await Promise.all([api.close(), ...[...pools.values()].map((pool) => pool.stop())]);
    },
  };
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]` or the name itself. */
const functionName = (nameOrArn: string) =>
  nameOrArn.startsWith('arn:') ? (nameOrArn.split(':')[6] ?? nameOrArn) : (nameOrArn.split(':')[0] ?? nameOrArn);
