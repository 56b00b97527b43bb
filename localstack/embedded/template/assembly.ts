import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LockstepError } from '#core/errors.ts';

/** A CloudFormation template as `cdk synth` writes it. */
interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
}

interface Output {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

export interface Resource {
  readonly Type: string;
  readonly Condition?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A stack of a cloud assembly, and the folders of its file assets. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** Folder or file of the asset with this hash (with or without its `.zip`); undefined if there is none. */
  assetPath(hash: string): string | undefined;
}

interface Manifest {
  readonly artifacts?: Readonly<Record<string, { readonly type: string; readonly properties?: Properties }>>;
}
interface Properties {
  readonly templateFile?: string;
  readonly stackName?: string;
  /** Of the assembly of a stage. */
  readonly directoryName?: string;
}
interface AssetManifest {
  readonly files: Readonly<Record<string, { readonly source: { readonly path?: string } }>>;
}

/** Reads the output folder of `cdk synth`. It must hold exactly one stack. */
export function loadAssembly(dir: string): Assembly {
  const [stack, ...others] = stacksIn(dir);
  if (stack === undefined || others.length > 0) {
    const found = stack === undefined ? 0 : 1 + others.length;
    throw new LockstepError('LS_USAGE', `expected one stack in ${dir}, found ${found}`);
  }
  return loaded(stack);
}

/**
 * Reads every stack of the output folder of `cdk synth`, those of its stages too; `names` chooses some. LS_USAGE where there is
 * none, or none of that name.
 */
export function loadAssemblies(dir: string, names: readonly string[] = []): readonly Assembly[] {
  const all = stacksIn(dir);
  const found = all.map(({ name }) => name).join(', ') || 'none';
  const missing = names.find((name) => all.every((stack) => stack.name !== name));
  if (missing !== undefined)
    throw new LockstepError('LS_USAGE', `expected a stack ${missing} in ${dir}, found ${found}`);
  if (all.length === 0) throw new LockstepError('LS_USAGE', `expected a stack in ${dir}, found none`);
  return all.filter(({ name }) => names.length === 0 || names.includes(name)).map(loaded);
}

/** A stack that a folder says it has. */
interface Found {
  readonly dir: string;
  readonly id: string;
  readonly name: string;
  readonly templateFile: string;
}

function stacksIn(dir: string): readonly Found[] {
  const { artifacts = {} } = read<Manifest>(dir, 'manifest.json');
  return Object.entries(artifacts).flatMap(([id, { type, properties = {} }]) => {
    const { directoryName = id, stackName: name = id, templateFile = `${id}.template.json` } = properties;
    if (type === 'cdk:cloud-assembly') return stacksIn(join(dir, directoryName));
    return type === 'aws:cloudformation:stack' ? [{ dir, id, name, templateFile }] : [];
  });
}

function loaded({ dir, id, name, templateFile }: Found): Assembly {
  const assets = read<AssetManifest>(dir, `${id}.assets.json`).files;
  return {
    stackName: name,
    template: read<Template>(dir, templateFile),
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
