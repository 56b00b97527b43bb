/**
 * `node localstack/emulators/main.ts ministack|localstack`: makes the emulator if it is not there, deploys the app as it
 * stands, and holds it to what Lockstep needs. Nothing is left running, however this ends. Exit status 0 if nothing
 * failed; what this machine lacks is said, and the tests are then skipped.
 */
import { join } from 'node:path';
import { agentsReachTheirRunAlone } from './checks/agents.ts';
import { CONTROLS, withoutRight } from './checks/rights.ts';
import { cancelled, hostDies, inferByHand, noHosts, pipelineByEvent } from './checks/runs.ts';
import { suites } from './checks/suites.ts';
import { runCommand } from './command.ts';
import { ROOT } from './deploy.ts';
import { type EmulatorName, Missing } from './emulator.ts';
import { hostCredentials } from './host-credentials.ts';
import { forwardHostEvents } from './host-events.ts';
import { Report } from './report.ts';
import { type Session, startSession } from './session.ts';
import { wireFleet } from './wire-fleet.ts';

async function main(name: EmulatorName): Promise<number> {
  const report = new Report();
  const session = await start(name, report);
  if (session !== undefined) {
    const stop = () => void session.stop().finally(() => process.exit(130));
    process.once('SIGINT', stop).once('SIGTERM', stop).once('SIGHUP', stop);
    await check(session, report).finally(() => one(report, 'everything stops', () => session.stop()));
  }
  report.close();
  return report.counts.failed === 0 ? 0 : 1;
}

async function start(name: EmulatorName, report: Report): Promise<Session | undefined> {
  let session: Session | undefined;
  let missing: string | undefined;
  await report.part(`${name} starts`, async () => {
    try {
      session = await startSession(name);
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      missing = error.message;
      return { passed: 0, failed: 0, skipped: 0 };
    }
    return undefined;
  });
  if (missing !== undefined) report.skip(`everything on ${name}`, missing);
  return session;
}

async function check(session: Session, report: Report): Promise<void> {
  const { emulator, cdk } = session;
  const part = (text: string, run: (session: Session) => Promise<unknown>) => one(report, text, () => run(session));
  const isDeployed =
    (await part('the data of the digits example is there', prepareDigits)) &&
    (await part('cdk bootstrap', () => cdk.bootstrap())) &&
    (await part('cdk deploy, of the app as it stands', deploy));
  await report.part('the suites of ports and services', () => suites(session));
  if (!isDeployed) return report.skip('the runs on the deployed stack', 'it was not deployed');
  await part('inference by hand', inferByHand);
  await part('train, publish, and infer when a batch arrives', pipelineByEvent);
  await part('a host dies while it trains, and is replaced', hostDies);
  await part('a run is cancelled from elsewhere', cancelled);
  const alone = 'an agent reaches what is of its run, and its host does not';
  if (emulator.name === 'ministack') await part(alone, agentsReachTheirRunAlone);
  else report.skip(alone, `${emulator.name} evaluates no IAM`);
  for (const control of CONTROLS) {
    const who = control.role.source.replace('^', '');
    const title = `\`lockstep ${control.args[0]}\` fails by a name where ${who} lacks ${control.action}`;
    if (emulator.name === 'ministack') await part(title, (given) => withoutRight(given, control));
    else report.skip(title, `${emulator.name} evaluates no IAM`);
  }
  await part('cdk destroy, with no host left', async () => {
    await cdk.destroy();
    await noHosts(session);
  });
}

/** A part that is one test. */
const one = (report: Report, text: string, run: () => Promise<unknown>): Promise<boolean> =>
  report.part(text, async () => {
    await run();
    return undefined;
  });

async function prepareDigits({ guardian, folder }: Session): Promise<void> {
  const options = { cwd: join(ROOT, 'examples', 'digits'), log: join(folder, 'prepare.log') };
  await runCommand(guardian, [process.execPath, 'prepare.ts'], options);
}

/** Deploys, and joins the services beside the emulator to what was deployed. */
async function deploy(session: Session): Promise<void> {
  const { emulator, neighbours, cdk } = session;
  await cdk.deploy();
  await wireFleet(neighbours.fleet, emulator.url, cdk.assembly);
  session.hostEnv = { ...session.hostEnv, ...(await hostCredentials(emulator.url)) };
  await forwardHostEvents(neighbours.fleet, emulator.url);
}

const [name] = process.argv.slice(2);
if (name !== 'ministack' && name !== 'localstack') {
  process.stderr.write(`expected ministack or localstack, got ${name}\n`);
  process.exit(2);
}
process.exit(await main(name));
