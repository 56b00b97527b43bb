import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LockstepError } from '#core/errors.ts';

/** A CloudFormation template as `cdk synth` writes it. */
interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Condition?: string }>>;
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** The one stack of a cloud assembly, and the folders of its file assets. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** Folder or file of the asset with this hash (with or without its `.zip`); undefined if there is none. */
  assetPath(hash: string): string | undefined;
}

interface Manifest {
  readonly artifacts: Readonly<Record<string, { readonly type: string; readonly properties?: Properties }>>;
}
interface Properties {
  readonly templateFile?: string;
  readonly stackName?: string;
}
interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}

/** Reads the output folder of `cdk synth`. It must hold exactly one stack. */
export function loadAssembly(dir: string): Assembly {
  const manifest = read<Manifest>(dir, 'manifest.json');
  const stacks = Object.entries(manifest.artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack, another] = stacks;
  if (stack === undefined || another !== undefined) {
    throw new LockstepError('LS_USAGE', `expected one stack in ${dir}, found ${stacks.length}`);
  }
  const [id, { properties = {} }] = stack;
  const assets = read<AssetManifest>(dir, `${id}.assets.json`).files;
  return {
    stackName: properties.stackName ?? id,
    template: read<Template>(dir, properties.templateFile ?? `${id}.template.json`),
    assetPath(hash) {
      const path = assets[hash.replace(/\.[a-z]+$/, '')]?.source.path;
      return path === undefined ? undefined : resolve(dir, path);
    },
  };
}

function read<T>(dir: string, file: string): T {
  try {
    return JSON.parse(readFileSync(join(dir, file), 'utf8')) as T;
  } catch (error) {
    const remedy = 'Run `npm run synth`.';
    throw new LockstepError('LS_USAGE', `${dir} is not the output of cdk synth: ${file}: ${error}`, { remedy });
  }
}
