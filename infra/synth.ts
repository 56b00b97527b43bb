/**
 * `node infra/synth.ts [--out DIR] [--platform OS/ARCH] [--deployment NAME] [--cache DIR]`: synthesizes the app and prints
 * the folder of the cloud assembly. Without `--out` it is `synth/<hash of the sources>` in the cache, used again while they
 * are the same; the platform is that of this machine, because the local cloud runs the functions here.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { cacheFolder } from './cache-folder.ts';
import { formatPlatform, type Platform, parsePlatform } from './platform.ts';
import { keepFolder, publishFolder } from './publish-folder.ts';
import { bundleFolder } from './source-hash.ts';

export interface SynthesizeOptions {
  /** @default - `synth/<hash>` in the cache, made once for the same sources, platform and context; its assets lie beside it */
  readonly outdir?: string;
  /** @default - this machine's */
  readonly platform?: Platform;
  /** CDK context beside the platform, e.g. `{ deployment: 'Blue' }`. */
  readonly context?: Readonly<Record<string, string>>;
  /** @default - that of this user, see cache-folder.ts */
  readonly cache?: string;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Runs the CDK app and returns the folder of its assembly. Rejects with what the app printed if it failed. */
export async function synthesize(options: SynthesizeOptions = {}): Promise<string> {
  const platform = options.platform ?? parsePlatform(`${process.platform}/${process.arch}`);
  const cache = options.cache ?? cacheFolder();
  const context = { ...flags(), ...options.context, platform: formatPlatform(platform), cache };
  if (options.outdir !== undefined) {
    const outdir = resolve(options.outdir);
    mkdirSync(outdir, { recursive: true });
    await runApp(outdir, context);
    return outdir;
  }
  const assets = bundleFolder(ROOT, { platform, cache });
  const hash = createHash('sha256').update(JSON.stringify(context)).digest('hex').slice(0, 8);
  const folder = join(cache, 'synth', `${basename(assets)}-${hash}`);
  // The assembly names the assets where the bundle is, rather than holding copies: one is worth nothing without the other.
  if (!keepFolder(assets)) rmSync(folder, { recursive: true, force: true });
  const unstaged = { ...context, 'aws:cdk:disable-asset-staging': true };
  await publishFolder(folder, (draft) => runApp(draft, unstaged));
  return folder;
}

/** The feature flags of cdk.json, which only the CDK command line hands to an app: both must get the same template. */
function flags(): Record<string, unknown> {
  const { context }: { context: Record<string, unknown> } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
  return context;
}

async function runApp(outdir: string, context: Readonly<Record<string, unknown>>): Promise<void> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'infra', 'app.ts')], {
    cwd: ROOT,
    env: { ...process.env, CDK_OUTDIR: outdir, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      out: { type: 'string' },
      platform: { type: 'string' },
      deployment: { type: 'string' },
      cache: { type: 'string' },
    },
  });
  const folder = await synthesize({
    ...(values.out !== undefined && { outdir: values.out }),
    ...(values.platform !== undefined && { platform: parsePlatform(values.platform) }),
    ...(values.cache !== undefined && { cache: resolve(values.cache) }),
    ...(values.deployment !== undefined && { context: { deployment: values.deployment } }),
  });
  process.stdout.write(`${folder}\n`);
}
