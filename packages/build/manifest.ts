import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Draft, ROOT } from './places.ts';

type Json = Readonly<Record<string, unknown>>;

interface RootManifest {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
}

const root = (): RootManifest => JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Versions of packages as the clone has them. Throws for one that it does not have. */
export function versionsOf(...names: readonly string[]): Readonly<Record<string, string>> {
  const { dependencies, devDependencies } = root();
  return Object.fromEntries(
    names.map((name) => {
      const version = dependencies[name] ?? devDependencies[name];
      if (version === undefined) throw new Error(`package.json does not name ${name}`);
      return [name, version];
    }),
  );
}

/** The packages that bring a Node, one a platform. */
export const nodePackages = (): Readonly<Record<string, string>> => root().optionalDependencies;

/** Writes the package's manifest, licence and README (packages/<readme>). */
export function writeManifest(draft: Draft, { readme, ...fields }: Json & { readonly readme: string }): void {
  const { version, license } = root();
  const manifest = { ...fields, version, license, engines: { node: '>=20' } };
  draft.write('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  draft.write('LICENSE', readFileSync(join(ROOT, 'LICENSE')));
  draft.write('README.md', readFileSync(join(ROOT, 'packages', readme)));
}
