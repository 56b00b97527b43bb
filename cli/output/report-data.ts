import type { PartitionFigures } from '#core/inference/partition-figures.ts';
import type { UsageLog } from '#core/resources/usage.ts';
import type { AttemptStory } from '#core/runs/attempts.ts';
import type { HostLedger } from '#core/runs/host-ledger.ts';
import type { Stay } from '#core/runs/phases.ts';
import type { LabelTally } from '../run/label-tally.ts';

/** Everything that the report of a run shows. Times are epoch milliseconds; links are relative to the report. */
export interface ReportData {
  readonly title: string;
  /** Ids of the runs that the report is about. */
  readonly runs: readonly string[];
  readonly ok: boolean;
  /** How it ended: the first line is the verdict, the others what to do about it. */
  readonly verdict: string;
  /** Label and value, e.g. accuracy and 0.93. */
  readonly facts: readonly Fact[];
  readonly stays: readonly Stay[];
  readonly attempts: readonly ReportAttempt[];
  readonly hosts: readonly ReportHost[];
  /** Metrics over steps; one curve for each metric and attempt. */
  readonly curves: readonly Curve[];
  /** What the tasks of each host used, a record for each host and attempt. */
  readonly usage: readonly UsageLog[];
  /** Where the time of the inference functions went. */
  readonly stages: readonly Stage[];
  /** The partitions of an inference that have their predictions, the slowest first. */
  readonly partitions: readonly PartitionFigures[];
  /** How often each label was predicted, where the predictions have labels and were counted. */
  readonly labels?: LabelTally;
  /** Where the time of the hosts of a gang went. */
  readonly ledger?: HostLedger;
  /** What was read and run: addresses, sizes, hashes. */
  readonly identity: readonly Fact[];
  /** The job of each run as YAML, with every default. */
  readonly jobs: readonly string[];
  readonly links: readonly Link[];
}

export type Fact = readonly [label: string, value: string];

export interface ReportAttempt extends AttemptStory {
  readonly from: number;
  readonly to: number;
  /** The logs of its tasks. */
  readonly logs: readonly Link[];
  /** The end of the log of the rank at fault, where one is and has written any. */
  readonly lastWords?: string;
}

export interface ReportHost {
  readonly instanceId: string;
  readonly kind: string;
  readonly from: number;
  /** Undefined for a host that was not released. */
  readonly to: number | undefined;
  /** The attempt after which another took its place. */
  readonly replacedIn: number | undefined;
}

export interface Curve {
  readonly metric: string;
  readonly attempt: number;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface Stage {
  readonly name: string;
  readonly ms: number;
}

export interface Link {
  readonly label: string;
  readonly href: string;
}
