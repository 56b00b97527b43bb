import { html, type Markup } from './html.ts';
import { legend, lineChart } from './line-chart.ts';
import type { Curve } from './report-data.ts';

/** A chart for each metric, in the order in which they were first reported: the loss first, in most jobs. */
export function metricCharts(curves: readonly Curve[]): Markup {
  const metrics = [...new Set(curves.map(({ metric }) => metric))];
  return html`<div class="charts">${metrics.map((metric) => chart(metric, curves))}</div>`;
}

/** One metric over steps, a line an attempt. */
function chart(metric: string, curves: readonly Curve[]): Markup {
  // A loss that is no number any more has no place on the chart; the log says so.
  const isDrawn = ([, value]: Curve['points'][number]) => Number.isFinite(value);
  const shown = curves
    .filter((curve) => curve.metric === metric)
    .map((curve) => ({ ...curve, points: curve.points.filter(isDrawn) }));
  return lineChart({
    label: `${metric} over steps`,
    lines: shown.map(({ attempt, points }) => ({ series: attempt, points })),
    along: (step) => Math.round(step).toLocaleString('en'),
    caption: html`${metric} over steps${shown.length > 1 ? html`: ${shown.map(named)}` : html``}`,
  });
}

function named({ attempt, points }: Curve): Markup {
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  return legend(attempt, `attempt ${attempt}, steps ${from} to ${to}`);
}
