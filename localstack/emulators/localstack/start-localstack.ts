import { dirname, join } from 'node:path';
import type { Guardian } from '#adapters/process/guardian.ts';
import { dynamoDbLocal } from '../dynamodb-local/dynamodb-local.ts';
import { type Emulator, type EmulatorOptions, withoutAws } from '../emulator.ts';
import { pythonOf } from '../python.ts';
import { startService } from '../service-process.ts';
import { layOut } from './file-system.ts';

const HERE = import.meta.dirname;
const EXECUTOR = join(HERE, 'executor');
const EXECUTOR_FILES = ['__init__.py', 'executor.py', 'server.py'].map((file) =>
  join(EXECUTOR, 'src', 'localstack_process_executor', file),
);
const RUNTIME_CLIENT = join(HERE, '..', '..', 'embedded', 'lambda', 'runtime-client.mjs');

/**
 * LocalStack's open core without Docker: functions are processes, DynamoDB is Amazon's DynamoDB Local. It evaluates no
 * IAM. Missing without Python 3.13 or a JDK of at least 17.
 */
export async function startLocalstack(guardian: Guardian, options: EmulatorOptions): Promise<Emulator> {
  const { port, folder } = options;
  const log = join(folder, 'install.log');
  const python = await pythonOf(
    guardian,
    {
      ...{ name: 'localstack', minors: [13], requirements: join(HERE, 'requirements.txt') },
      packages: { [EXECUTOR]: [join(EXECUTOR, 'pyproject.toml'), ...EXECUTOR_FILES] },
    },
    log,
  );
  const dynamodb = await dynamoDbLocal(guardian, log);
  const root = layOut(join(folder, 'root'), dynamodb);
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startService({
    program: python,
    args: ['-m', 'localstack.runtime.main'],
    log: join(folder, 'localstack.log'),
    ...{ readyUrl: `${url}/_localstack/health`, readyWithinMs: 120_000 },
    env: {
      ...withoutAws(),
      PATH: `${dirname(python)}:${process.env.PATH ?? ''}`,
      AWS_ENDPOINT_URL_EC2: options.ec2Url,
      AWS_ENDPOINT_URL_ATHENA: options.athenaUrl,
      // Its own server would listen on every address, whatever IPv4 address is asked for.
      ...{ GATEWAY_LISTEN: `127.0.0.1:${port}`, GATEWAY_SERVER: 'loopback' },
      // A machine that is itself a container would else have its files in /usr/lib and /var/lib.
      ...{ OVERRIDE_IN_DOCKER: '0', FILESYSTEM_ROOT: root, DYNAMODB_IN_MEMORY: '1' },
      ...{ LAMBDA_RUNTIME_EXECUTOR: 'process', LAMBDA_PROCESS_CLIENT: RUNTIME_CLIENT },
      LAMBDA_PROCESS_NODE: process.execPath,
      // No telemetry, no certificate from the network, no DNS server.
      ...{ DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1', DNS_ADDRESS: '0' },
    },
  });
  return { name: 'localstack', url, stop };
}
