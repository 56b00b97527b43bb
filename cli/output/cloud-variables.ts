import { prefixesOf } from '#core/runs/deployment-outputs.ts';
import type { CloudAccess } from '../../localstack/embedded/cloud.ts';
import { CLOUD_ENV_WITHOUT } from '../../localstack/embedded/cloud-env.ts';

/** How variables are written down: for a shell to evaluate, for a file that tools read, or as one JSON object. */
export const VARIABLE_FORMS = ['shell', 'dotenv', 'json'] as const;
export type VariableForm = (typeof VARIABLE_FORMS)[number];

/**
 * Everything that a program needs to use a local cloud: what any AWS SDK reads, the outputs of the stack, each as
 * `LOCKSTEP_` and its name (`BucketName` is `LOCKSTEP_BUCKET_NAME`), and the control API of the fleet emulator.
 */
export function cloudVariables({ env, outputs, fleetControlUrl }: CloudAccess): Readonly<Record<string, string>> {
  const named = (prefix: string) =>
    Object.entries(outputs)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [`LOCKSTEP_${snakeCase(name.slice(prefix.length))}`, value]);
  // Programs look for a deployment by its own names, also where it is part of a stack of somebody's.
  const own = [...named(''), ...prefixesOf(outputs).filter(Boolean).flatMap(named)];
  return { ...env, ...Object.fromEntries(own), LOCKSTEP_FLEET_CONTROL_URL: fleetControlUrl };
}

/** The lines of a form. The shell's also take away what would point an SDK elsewhere. */
export function variableLines(variables: Readonly<Record<string, string>>, form: VariableForm): readonly string[] {
  const all = Object.entries(variables);
  if (form === 'json') return [JSON.stringify(variables)];
  if (form === 'dotenv') return all.map(([name, value]) => `${name}="${value.replace(/[\\"$`]/g, '\\$&')}"`);
  return [...all.map(([name, value]) => `export ${name}=${quoted(value)}`), `unset ${CLOUD_ENV_WITHOUT.join(' ')}`];
}

const quoted = (value: string): string =>
  /^[\w./:@%+,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;

const snakeCase = (name: string): string => name.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase();
