import type { TaskSpec } from '#core/job/job.ts';
import { TASK_BUNDLE } from '#core/job/task-bundle.ts';
import type { TrainDocument } from './schema.ts';

/** What the tasks of a document run, with `args` after its command. A `module` is run as what it is bundled into. */
export function taskSpec(
  { command, env, secrets, visibility, python }: TrainDocument['task'],
  args: readonly string[] = [],
): TaskSpec {
  return {
    ...{ command: [...(command ?? ['node', TASK_BUNDLE]), ...args], env, visibility },
    ...(secrets !== undefined && { secrets }),
    ...(python !== undefined && {
      python: {
        packages: python.packages ?? [],
        ...(python.requirements !== undefined && { requirements: python.requirements }),
        ...(python.version !== undefined && { version: python.version }),
      },
    }),
  };
}
