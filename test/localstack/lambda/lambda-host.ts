/** A Lambda service over handlers that a test writes into a folder, with everything it starts gone at its end. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuardian } from '#adapters/process/guardian.ts';
import type { FunctionSpec } from '../../../localstack/embedded/lambda/function-spec.ts';
import { startLambda } from '../../../localstack/embedded/lambda/start-lambda.ts';

/** Function name → its module (`.cjs` unless it has `export`), and what differs from the defaults. */
export type Handlers = Readonly<Record<string, string | (Partial<FunctionSpec> & { readonly code: string })>>;

export async function lambdaHost(handlers: Handlers, cloudEnv: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-lambda-'));
  const codeDir = join(folder, 'code');
  mkdirSync(codeDir);
  const specs = Object.entries(handlers).map(([name, given]): FunctionSpec => {
    const { code, ...rest } = typeof given === 'string' ? { code: given } : given;
    writeFileSync(join(codeDir, `${name}.${code.includes('export ') ? 'mjs' : 'cjs'}`), code);
    return {
      name,
      arn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      codeDir,
      handler: `${name}.handler`,
      timeoutMs: 10_000,
      memoryMiB: 128,
      environment: {},
      maxConcurrency: 8,
      ...rest,
    };
  });
  const guardian = startGuardian();
  const lambda = await startLambda(specs, {
    guardian,
    cloudEnv: { AWS_REGION: 'us-east-1', ...cloudEnv },
    logFile: (name) => join(folder, `${name}.log`),
    tempDir: () => folder,
  });
  return {
    lambda,
    folder,
    log: (name: string) => readFileSync(join(folder, `${name}.log`), 'utf8'),
    async stop() {
      await lambda.stop();
      await guardian.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
