import { type ReleasePorts, releaseGang } from './release-gang.ts';

/** What EventBridge sends about an execution that ended without its Release state. */
export interface ExecutionEnded {
  readonly detail: {
    readonly executionArn: string;
    readonly name: string;
    readonly status: 'ABORTED' | 'TIMED_OUT' | 'FAILED';
    /** As JSON; left out by EventBridge where it is large. */
    readonly input?: string | null;
  };
}

/** Gives back what the run of an execution has that ended without doing it itself. */
export async function releaseAfter(ports: ReleasePorts, ended: ExecutionEnded): Promise<void> {
  const { executionArn: executionId, status } = ended.detail;
  const phase = status === 'ABORTED' ? 'CANCELLED' : 'FAILED';
  await releaseGang(ports, runOf(ended), { executionId, phase, by: status });
}

/** The run that an execution was for: its input says so, and its name where the input was left out. */
function runOf({ detail }: ExecutionEnded): string {
  const input: { readonly runId?: string } = JSON.parse(detail.input ?? '{}');
  return input.runId ?? detail.name;
}
