import { dirname, join } from 'node:path';
import type { Guardian } from '#adapters/process/guardian.ts';
import { clientEnv, type Emulator, type EmulatorOptions, withoutAws } from '../emulator.ts';
import { pythonOf } from '../python.ts';
import { startService } from '../service-process.ts';

const HERE = import.meta.dirname;

/**
 * MiniStack with IAM evaluated: every request is signed, and allowed or denied by the policies of the role that signed it.
 * Missing without Python 3.11 or newer.
 */
export async function startMinistack(guardian: Guardian, options: EmulatorOptions): Promise<Emulator> {
  const { port, folder } = options;
  const python = await pythonOf(
    guardian,
    {
      ...{ name: 'ministack', minors: [13, 12, 11], requirements: join(HERE, 'requirements.txt') },
    },
    join(folder, 'install.log'),
  );
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startService({
    program: python,
    args: [join(HERE, 'run.py')],
    log: join(folder, 'ministack.log'),
    ...{ readyUrl: `${url}/_ministack/health`, readyWithinMs: 60_000 },
    env: {
      ...withoutAws(),
      // Functions run under the first `node` of the PATH.
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      ...clientEnv(url),
      AWS_ENDPOINT_URL_EC2: options.ec2Url,
      AWS_ENDPOINT_URL_ATHENA: options.athenaUrl,
      ...{ AUTH: 'true', GATEWAY_PORT: String(port), BIND_HOST: '127.0.0.1', MINISTACK_HOST: '127.0.0.1' },
      // It would listen for MQTT on every address.
      IOT_MTLS_ENABLED: '0',
    },
  });
  return { name: 'ministack', url, stop };
}
