/** Functions in a cloud that is reached by an endpoint. */
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  LambdaClient,
  ResourceConflictException,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda';
import { localConfig } from './endpoints.ts';
import { createRole, ROLE_ARN } from './role.ts';
import { zipOf } from './zip.ts';

export interface NewFunction {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly handler: string;
  readonly timeoutS?: number;
  readonly memoryMiB?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Creates the functions, those of that name that an earlier run left behind replaced; returns what removes them. */
export async function createFunctions(url: string, functions: readonly NewFunction[]): Promise<() => Promise<void>> {
  await createRole(url);
  const client = new LambdaClient(localConfig(url));
  const remove = (FunctionName: string) => client.send(new DeleteFunctionCommand({ FunctionName }));
  for (const { name, files, handler, timeoutS = 30, memoryMiB = 128, environment = {} } of functions) {
    const create = new CreateFunctionCommand({
      ...{ FunctionName: name, Runtime: 'nodejs24.x', Handler: handler, Role: ROLE_ARN },
      ...{ Timeout: timeoutS, MemorySize: memoryMiB, Environment: { Variables: environment } },
      Code: { ZipFile: zipOf(files) },
    });
    await client.send(create).catch(async (error) => {
      if (!(error instanceof ResourceConflictException)) throw error;
      await remove(name);
      await client.send(create);
    });
  }
  for (const { name: FunctionName } of functions) {
    await waitUntilFunctionActiveV2({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { FunctionName });
  }
  return async () => {
    for (const { name } of functions) await remove(name);
    client.destroy();
  };
}
