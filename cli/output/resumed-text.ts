import type { ResumedRun } from '#flows/runs/resume-run.ts';

/** What is said of a run that goes on, by the command and on the page. */
export const resumedText = ({ runId, committed }: Pick<ResumedRun, 'runId' | 'committed'>): string =>
  `${runId}: resumed; ${committed === 1 ? '1 partition is committed and stays as it is' : `${committed} partitions are committed and stay as they are`}`;
