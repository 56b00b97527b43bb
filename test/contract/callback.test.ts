import { afterAll, beforeAll, describe } from 'vitest';
import { sfnCallback } from '#adapters/aws/sfn-callback.ts';
import { memoryCallback } from '#adapters/memory/memory-callback.ts';
import type { Callback } from '#core/gang/ports.ts';
import { createTable, type TestTable } from '../conformance/dynamodb-table.ts';
import { functionArn, stepFunctionsRig } from '../conformance/step-functions-rig.ts';
import { callbackContract, FIRST } from './callback-contract.ts';

describe('the callback in memory', () => {
  const callback = memoryCallback();
  let count = 0;
  callbackContract(
    () => callback,
    async () => {
      const [runId, token] = [`run-${count++}`, `token-${count}`];
      await callback.store(runId, FIRST, token);
      return { runId, output: async () => callback.answers.get(token) };
    },
  );
});

describe('the callback of Step Functions', () => {
  let table: TestTable;
  let rig: Awaited<ReturnType<typeof stepFunctionsRig>>;
  let callback: Callback;
  const tokens: string[] = [];
  let count = 0;

  beforeAll(async () => {
    table = await createTable();
    const Parameters = { FunctionName: functionArn('keep'), Payload: { 'token.$': '$$.Task.Token' } };
    const Resource = 'arn:aws:states:::lambda:invoke.waitForTaskToken';
    const run = { StartAt: 'Run', States: { Run: { Type: 'Task', Resource, Parameters, End: true } } };
    const keep = ({ token }: { token: string }) => void tokens.push(token);
    rig = await stepFunctionsRig({ run }, { keep });
    callback = sfnCallback({ dynamodb: table.client, sfn: rig.client, table: table.name });
  });
  afterAll(async () => {
    await rig.stop();
    await table.remove();
  });

  callbackContract(
    () => callback,
    async () => {
      const execution = await rig.start('run');
      for (let tries = 0; tokens.length === 0 && tries < 500; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const runId = `run-${count++}`;
      await callback.store(runId, FIRST, tokens.shift() ?? 'none came');
      return { runId, output: async () => JSON.parse((await rig.ended(execution)).output ?? 'null') };
    },
  );
});
