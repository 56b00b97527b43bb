import { LockstepError } from '../errors.ts';
import { OUTPUTS } from '../names.ts';

type DeploymentOutputs = Readonly<Record<(typeof OUTPUTS)[number], string>>;

/**
 * The one deployment among the outputs of a stack. Where a stack of somebody's own embeds it, the ids of the construct stand
 * before each name. LS_USAGE where there is none, one that is not whole, or more than one.
 */
export function deploymentIn(stack: string, outputs: Readonly<Record<string, string>>): DeploymentOutputs {
  const prefixes = prefixesOf(outputs);
  const [prefix] = prefixes.length === 0 ? [''] : prefixes;
  const missing = OUTPUTS.filter((name) => outputs[`${prefix}${name}`] === undefined && name !== 'DeploymentName');
  if (prefixes.length > 1) {
    const found = prefixes.map((one) => `${one}TrainingWorkflowArn`).join(', ');
    throw new LockstepError(
      'LS_USAGE',
      `expected one deployment of Lockstep in ${stack}, got outputs of several: ${found}`,
      {
        remedy: 'Give each a stack of its own.',
      },
    );
  }
  if (missing.length > 0) {
    const got = Object.keys(outputs).join(', ') || 'no outputs';
    throw new LockstepError('LS_USAGE', `expected the output ${prefix}${missing[0]} of ${stack}, got ${got}`, {
      remedy:
        'Deploy this version of the stack, and read its outputs again. An app of your own has them by the construct `Lockstep`.',
    });
  }
  const value = (name: string): string => outputs[`${prefix}${name}`] ?? stack;
  return Object.fromEntries(OUTPUTS.map((name) => [name, value(name)])) as DeploymentOutputs;
}

/** What stands before the names of each deployment. */
export const prefixesOf = (outputs: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(outputs)
    .filter((name) => name.endsWith('TrainingWorkflowArn'))
    .map((name) => name.slice(0, -'TrainingWorkflowArn'.length));
