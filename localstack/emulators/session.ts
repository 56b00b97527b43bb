import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Guardian, startGuardian } from '#adapters/process/guardian.ts';
import { type Deployer, deployer, ROOT } from './deploy.ts';
import { clientEnv, type Emulator, type EmulatorName } from './emulator.ts';
import { freePort } from './free-port.ts';
import { startLocalstack } from './localstack/start-localstack.ts';
import { startMinistack } from './ministack/start-ministack.ts';
import { type Neighbours, startNeighbours } from './neighbours.ts';

const START = { ministack: startMinistack, localstack: startLocalstack };

/** An emulator with its neighbours, and everything that checks need to use it. */
export interface Session {
  readonly emulator: Emulator;
  readonly neighbours: Neighbours;
  readonly cdk: Deployer;
  readonly guardian: Guardian;
  /** Folder of this session, removed at its end. */
  readonly folder: string;
  /** What hosts get beside the endpoint: set once the stack and with it their role is there. */
  hostEnv: Readonly<Record<string, string>>;
  /** Ends everything that was started. Safe to call twice. */
  stop(): Promise<void>;
}

/** Starts an emulator and its neighbours; nothing is deployed yet. */
export async function startSession(name: EmulatorName): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), `lockstep-${name}-`));
  const guardian = startGuardian();
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true }), () => guardian.close()];
  const stop = async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  };
  try {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const session = { hostEnv: clientEnv(url) };
    const cdk = deployer(guardian, url, folder);
    const neighbours = await startNeighbours({
      ...{ url, folder, assembly: cdk.assembly, hostEnv: () => session.hostEnv },
      warehouse: join(ROOT, 'examples', 'digits', 'data', 'warehouse'),
    });
    ends.push(() => neighbours.stop());
    const { fleet, athenaUrl } = neighbours;
    const emulator = await START[name](guardian, { ...{ port, folder, athenaUrl }, ec2Url: fleet.url });
    ends.push(() => emulator.stop());
    return Object.assign(session, { emulator, neighbours, cdk, guardian, folder, stop });
  } catch (error) {
    await stop();
    throw error;
  }
}
