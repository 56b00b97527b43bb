import type { CancelledRun, CancelledTasks } from '#flows/runs/cancel-run.ts';
import { counted } from './counted.ts';

/** What the cancellation of a run did, in a sentence: its tasks, then its hosts. */
export function cancelledText({ tasks, left }: CancelledRun): string {
  const hosts = left.length === 0 ? 'no host left' : `not yet released: ${left.join(', ')}`;
  return [...(tasks === undefined ? [] : tasksText(tasks)), hosts].join('; ');
}

function tasksText({ graceS, ended, killed }: CancelledTasks): readonly string[] {
  return [
    ...(ended > 0 ? [`${counted(ended, 'task')} ended within the grace of ${graceS} s`] : []),
    ...(killed.length > 0 ? [`killed when it was over: rank ${killed.join(', ')}`] : []),
  ];
}
