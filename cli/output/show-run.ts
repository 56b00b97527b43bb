import type { Phase } from '#core/gang/records.ts';
import { showMetric } from '#core/training/metrics.ts';
import type { Progress } from '#core/training/progress.ts';
import type { UploadEvent } from '#flows/runs/put-inputs.ts';
import type { GangEvent, PhaseEvent, RunEvent } from '#flows/runs/run-event.ts';
import type { PhaseTold, Screen } from './screen.ts';

/** What a gang waits for while its tasks do not get on. */
const WAITS: Partial<Record<Phase, string>> = {
  ACQUIRING: 'waits for hosts',
  FORMING: 'waits until every host has joined',
  STARTING: 'starts its tasks',
  STOPPING: 'waits until every task has ended',
  DRAINED: 'is judged',
};

/** Shows what happens to a run: a mark a phase, a bar where there is something to measure, a line for what went wrong. */
export function showRun(screen: Screen): (event: RunEvent) => void {
  let fraction = 0;
  const why = new Map<number, string>();
  const gang = (event: GangEvent) => {
    const { attempt, phase } = event;
    if (event.why !== undefined && !why.has(attempt)) {
      why.set(attempt, event.why);
      screen.say(`attempt ${attempt} stops: ${event.why}`);
    }
    const waits = WAITS[phase];
    if (waits !== undefined && (attempt > 0 || phase === 'STOPPING')) {
      screen.progress(fraction, `attempt ${attempt} ${waits}`);
    }
  };
  return (event) => {
    switch (event.kind) {
      case 'phase':
        screen.phase(event.phase, phaseTold(event));
        return;
      case 'gang':
        gang(event);
        return;
      case 'progress':
        fraction = event.progress.step / event.progress.of;
        screen.progress(fraction, progressText(event.progress));
        return;
      case 'partitions':
        screen.progress(event.done / event.of, `${event.done} of ${event.of} partitions`);
        return;
      case 'log':
        for (const line of event.lines) screen.say(`[${event.rank}] ${line}`);
    }
  };
}

/** The clock of a cloud may be ahead of ours. */
const phaseTold = ({ before, beforeMs, from }: PhaseEvent): PhaseTold => ({
  before: before === 'failed' ? 'failed' : 'done',
  ...(beforeMs !== undefined && { beforeMs }),
  forMs: Math.max(0, Date.now() - from),
});

function progressText({ attempt, step, of, metrics }: Progress): string {
  const values = Object.entries(metrics).map(([name, value]) => `${name} ${showMetric(value)}`);
  return [`step ${step} of ${of}`, ...values, ...(attempt === 0 ? [] : [`attempt ${attempt}`])].join(', ');
}

const MIB = 2 ** 20;

/** Shows how far inputs are uploaded. */
export const showUpload =
  (screen: Screen) =>
  ({ doneBytes, ofBytes }: UploadEvent): void => {
    const [done, of] = [doneBytes, ofBytes].map((bytes) => (bytes / MIB).toFixed(1));
    screen.progress(ofBytes === 0 ? 1 : doneBytes / ofBytes, `${done} of ${of} MiB`);
  };
