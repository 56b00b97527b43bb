/** Writes what `cdk synth` would write for a small stack of a test. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SmallStack {
  readonly Resources: Readonly<Record<string, unknown>>;
  readonly [section: string]: unknown;
}

/** Puts files into an asset and returns the `Code` property that names it. */
export type AddCode = (files: Readonly<Record<string, string>>) => { S3Bucket: unknown; S3Key: string };

/** A new folder with the assembly of a stack called `Small`. */
export function writeAssembly(describe: (code: AddCode) => SmallStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-assembly-'));
  const files: Record<string, unknown> = {};
  const code: AddCode = (sources) => {
    const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex');
    const path = `asset.${hash}`;
    mkdirSync(join(folder, path), { recursive: true });
    for (const [name, source] of Object.entries(sources)) writeFileSync(join(folder, path, name), source);
    files[hash] = { source: { path, packaging: 'zip' } };
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation that fills it in
    return { S3Bucket: { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: `${hash}.zip` };
  };
  const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));
  write('Small.template.json', describe(code));
  write('Small.assets.json', { version: '1', files, dockerImages: {} });
  write('manifest.json', {
    artifacts: {
      'Small.assets': { type: 'cdk:asset-manifest' },
      Small: { type: 'aws:cloudformation:stack', properties: { templateFile: 'Small.template.json' } },
    },
  });
  return folder;
}
