/** The stack, synthesized in this process with empty code assets: what tests of the template look at. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Bundle, CodeAsset } from '../../infra/code-assets.ts';
import { LockstepStack } from '../../infra/stack.ts';

export interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
}

export function newStack(): { readonly app: App; readonly stack: Stack } {
  const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));
  const app = new App({ context, outdir: mkdtempSync(join(tmpdir(), 'lockstep-infra-')), analyticsReporting: false });
  return { app, stack: new LockstepStack(app, 'Lockstep', { bundle: emptyBundle() }) };
}

/** Code assets with nothing in them. */
export const emptyBundle = (): Bundle => ({
  ...{ control: asset('control'), inference: asset('inference'), agent: asset('agent') },
});

export const synthesized = (): Template => Template.fromStack(newStack().stack);

/** All resources of a type, by logical id. */
export const resources = (template: Template, type: string): Readonly<Record<string, Resource>> =>
  template.findResources(type) as Record<string, Resource>;

/** Environment of a function. */
export const variables = ({ Properties }: Resource): Readonly<Record<string, unknown>> =>
  (Properties.Environment as { readonly Variables: Record<string, unknown> }).Variables;

/** Text of a value with intrinsics, each written as `${LogicalId}` or `${LogicalId.Attribute}`. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', '']] = Object.entries(value);
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(text).join((argument as [string])[0]);
  if (name === 'Fn::GetAtt') return `\${${(argument as string[]).join('.')}}`;
  if (name === 'Fn::Sub') return String(argument);
  if (name === 'Ref' && argument === 'AWS::Partition') return 'aws';
  if (name === 'Ref') return `\${${String(argument)}}`;
  return JSON.stringify(value);
}

export interface Machine {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface State {
  readonly Type: string;
  readonly Resource?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly ItemProcessor?: Machine & { readonly ProcessorConfig: Readonly<Record<string, string>> };
  readonly [field: string]: unknown;
}

/** A definition as the service would get it, with the file name of each function in its ARN. */
export function definition(template: Template, workflow: 'Training' | 'Inference'): Machine {
  const machine = Object.entries(resources(template, 'AWS::StepFunctions::StateMachine')).find(([id]) =>
    id.startsWith(workflow),
  );
  let json = text(machine?.[1].Properties.DefinitionString);
  for (const [id, { Properties }] of Object.entries(resources(template, 'AWS::Lambda::Function'))) {
    const name = String(Properties.Handler).replace('.handler', '');
    json = json.replaceAll(`\${${id}.Arn}`, `arn:aws:lambda:us-east-1:000000000000:function:${name}`);
  }
  return JSON.parse(json);
}

function asset(name: string): CodeAsset {
  const folder = mkdtempSync(join(tmpdir(), `lockstep-${name}-`));
  writeFileSync(join(folder, 'empty.cjs'), '');
  return { path: folder, hash: Buffer.from(name.padEnd(32, '.')).toString('hex') };
}
