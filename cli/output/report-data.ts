import type { Stay } from '../run/phases.ts';

/** Everything that the report of a run shows. Times are epoch milliseconds; links are relative to the report. */
export interface ReportData {
  readonly title: string;
  readonly ok: boolean;
  /** One sentence: how it ended, and whose fault it was if it failed. */
  readonly verdict: string;
  /** Label and value, e.g. accuracy and 0.93. */
  readonly facts: readonly (readonly [label: string, value: string])[];
  readonly stays: readonly Stay[];
  readonly hosts: readonly ReportHost[];
  /** Loss, or another metric, over steps; one curve an attempt. */
  readonly curves: readonly Curve[];
  readonly links: readonly { readonly label: string; readonly href: string }[];
}

export interface ReportHost {
  readonly instanceId: string;
  readonly kind: string;
  readonly from: number;
  /** Undefined for a host that was not released. */
  readonly to: number | undefined;
}

export interface Curve {
  readonly metric: string;
  readonly attempt: number;
  readonly points: readonly (readonly [step: number, value: number])[];
}
