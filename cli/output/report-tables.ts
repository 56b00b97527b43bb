/** The tables of a report: each is a list of labelled values on a narrow screen. */

import { showBytes } from './bytes.ts';
import { counted } from './counted.ts';
import { duration } from './duration.ts';
import { html, type Markup } from './html.ts';
import type { Fact, ReportData } from './report-data.ts';

/** Columns by their headings; a row has a text for each. */
export function dataTable(headings: readonly string[], rows: readonly (readonly string[])[]): Markup {
  const cells = (row: readonly string[]) =>
    row.map((text, i) => html`<td data-label="${headings[i] ?? ''}">${text}</td>`);
  return html`<table>
<thead><tr>${headings.map((heading) => html`<th>${heading}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>`)}</tbody>
</table>`;
}

const PARTITIONS_SHOWN = 50;

/** Partitions with how long each took; the slowest first, so that what waits for one can be seen. */
export function partitionTable(partitions: ReportData['partitions']): Markup {
  const [slowest] = partitions;
  const rows = partitions
    .slice(0, PARTITIONS_SHOWN)
    .map(({ partition, rows, sizeBytes, ms, timesMedian, modelShare }) => [
      ...[String(partition), rows.toLocaleString('en'), showBytes(sizeBytes), duration(ms)],
      `${timesMedian.toFixed(1)} ×`,
      ms === 0 ? '' : Math.round((rows * 1000) / ms).toLocaleString('en'),
      percent(modelShare),
    ]);
  const left = partitions.length - PARTITIONS_SHOWN;
  const skew = slowest === undefined ? '' : `The slowest took ${slowest.timesMedian.toFixed(1)} times the median. `;
  return html`<p class="dim">${skew}The model's share is the part of a partition's time in which the model itself ran: at 100 % it would be as fast as the model alone on rows in memory.</p>
${dataTable(['Partition', 'Rows', 'Output', 'Time', 'Of median', 'Rows a second', 'Model'], rows)}
${left > 0 ? html`<p class="dim">and ${counted(left, 'partition')} that took less time</p>` : html``}`;
}

/** How often each label was predicted, as bars. */
export function labelBars({ labels, others }: NonNullable<ReportData['labels']>): Markup {
  const total = labels.reduce((sum, [, rows]) => sum + rows, others);
  const all = others > 0 ? [...labels, ['others', others] as const] : labels;
  const most = Math.max(1, ...all.map(([, rows]) => rows));
  const bar = ([label, rows]: readonly [string, number]) =>
    html`<div class="lane"><span class="name" title="${label}">${label}</span><span class="bar"><i style="width:${((rows / most) * 100).toFixed(1)}%"></i></span><span class="note">${rows.toLocaleString('en')}, ${percent(rows / total)}</span></div>`;
  return html`<div class="bars">${all.map(bar)}</div>`;
}

/** Host seconds by phase, and what of them came to nothing. */
export function ledgerTable({ totalS, byPhase, lostS }: NonNullable<ReportData['ledger']>): Markup {
  const row = (label: string, seconds: number) => [label, duration(seconds * 1000), percent(seconds / (totalS || 1))];
  const phases = Object.entries(byPhase).filter(([, seconds]) => seconds > 0);
  return html`<p class="dim">Time of all hosts together, from launch to release. A host that trains for an hour and one that waits for it cost the same.</p>
${dataTable(
  ['Phase', 'Host time', 'Share'],
  [...phases.map(([phase, seconds]) => row(phase, seconds)), row('all', totalS)],
)}
${lostS > 0 ? html`<p>${duration(lostS * 1000)} of it (${percent(lostS / totalS)}) went into attempts that did not come to the result.</p>` : html``}`;
}

export const definitions = (facts: readonly Fact[]): Markup =>
  html`<dl class="identity">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>`;

const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
