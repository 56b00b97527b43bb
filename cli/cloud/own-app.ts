import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { signalGroup } from '#adapters/process/signal.ts';
import { LockstepError } from '#core/errors.ts';
import { ACCOUNT, REGION } from '../../localstack/embedded/template/account.ts';

/** What the CDK command line hands to an app, and reads itself: settings, and what it has looked up in an account. */
const CONTEXT_FILES = ['cdk.json', 'cdk.context.json'] as const;
/** Of what an app says before it fails, the end. */
const SAID_MAX = 4000;

/** A CDK app of the user's: the command that runs it, or the folder that `cdk synth` has made of it. */
export interface OwnApp {
  readonly app?: string;
  readonly assembly?: string;
}

/**
 * How the assembly of a user's own app is had: as it lies in a folder, or by running the app as `cdk synth` does, with this
 * machine's cloud for its account and region. Undefined where neither is given. LS_USAGE for both, and for an app that fails.
 */
export function ownAssembly({
  app,
  assembly,
}: OwnApp): ((folder: string, signal: AbortSignal) => Promise<string>) | undefined {
  if (app !== undefined && assembly !== undefined) {
    throw new LockstepError('LS_USAGE', 'expected --app or --assembly, got both', {
      remedy: 'Give the command that runs the app, or the folder that `cdk synth` made of it.',
    });
  }
  if (assembly !== undefined) return async () => resolve(assembly);
  if (app !== undefined) return (folder, signal) => synthesized(app, join(folder, 'assembly'), signal);
  return undefined;
}

async function synthesized(command: string, outdir: string, signal: AbortSignal): Promise<string> {
  const env = {
    ...process.env,
    CDK_OUTDIR: outdir,
    CDK_CONTEXT_JSON: JSON.stringify(contextIn(process.cwd())),
    CDK_DEFAULT_ACCOUNT: ACCOUNT,
    CDK_DEFAULT_REGION: REGION,
  };
  const { status, said } = await run(command, env, signal);
  signal.throwIfAborted();
  if (status === 0 && existsSync(join(outdir, 'manifest.json'))) return outdir;
  const what = status === 0 ? 'it wrote no assembly' : `it ended with ${status}`;
  throw new LockstepError('LS_USAGE', `expected \`${command}\` to synthesize an app, but ${what}: ${said.trim()}`, {
    remedy: 'Run it by `cdk synth` first: what works there works here.',
  });
}

/** The app is a process group of its own, so that nothing of it is left where this command is interrupted. */
function run(
  command: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<{ status: number | string; said: string }> {
  return new Promise((done, fail) => {
    const child = spawn('/bin/sh', ['-c', command], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const append = (text: Buffer) => {
      said = `${said}${text}`.slice(-SAID_MAX);
    };
    child.stdout.on('data', append);
    child.stderr.on('data', append);
    const end = () => void (child.pid !== undefined && signalGroup(child.pid, 'SIGKILL'));
    signal.addEventListener('abort', end);
    child.once('error', fail);
    child.once('close', (code, by) => {
      signal.removeEventListener('abort', end);
      done({ status: by ?? code ?? 1, said });
    });
  });
}

function contextIn(folder: string): Readonly<Record<string, unknown>> {
  const [settings, lookedUp] = CONTEXT_FILES.map((name) => {
    const file = join(folder, name);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  });
  return { ...lookedUp, ...settings?.context };
}
