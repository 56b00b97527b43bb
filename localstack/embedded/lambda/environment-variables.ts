import type { FunctionSpec } from './function-spec.ts';

interface Wiring {
  /** host:port of the Runtime API. */
  readonly api: string;
  readonly cloudEnv: Readonly<Record<string, string>>;
  readonly tempDir: string;
}

/**
 * Everything that a handler finds in its environment. Nothing of the user's own environment passes but PATH: a function
 * that works here because of a variable of the developer's shell would fail on AWS, or worse, reach a real account.
 */
export function environmentVariables(spec: FunctionSpec, wiring: Wiring): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    HOME: wiring.tempDir,
    TMPDIR: wiring.tempDir,
    ...wiring.cloudEnv,
    AWS_DEFAULT_REGION: wiring.cloudEnv.AWS_REGION,
    AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
    AWS_LAMBDA_RUNTIME_API: wiring.api,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMiB),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    LAMBDA_TASK_ROOT: spec.codeDir,
    _HANDLER: spec.handler,
    ...spec.environment,
  };
}
