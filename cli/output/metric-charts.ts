import { html, type Markup } from './html.ts';
import type { Curve } from './report-data.ts';

const WIDTH = 1000;
const HEIGHT = 300;

/** A chart for each metric, in the order in which they were first reported: the loss first, in most jobs. */
export function metricCharts(curves: readonly Curve[]): Markup {
  const metrics = [...new Set(curves.map(({ metric }) => metric))];
  return html`<div class="charts">${metrics.map((metric) => chart(metric, curves))}</div>`;
}

/**
 * One metric over steps, a line an attempt. Only lines are drawn; what is written stands beside them as text, so that it
 * keeps its size on a small screen.
 */
function chart(metric: string, curves: readonly Curve[]): Markup {
  // A loss that is no number any more has no place on the chart; the log says so.
  const isDrawn = ([, value]: Curve['points'][number]) => Number.isFinite(value);
  const shown = curves
    .filter((curve) => curve.metric === metric)
    .map((curve) => ({ ...curve, points: curve.points.filter(isDrawn) }));
  const points = shown.flatMap((curve) => curve.points);
  const last = Math.max(1, ...points.map(([step]) => step));
  const { low, high, ticks } = valueAxis(points.map(([, value]) => value));
  const x = (step: number) => ((step / last) * WIDTH).toFixed(1);
  const y = (value: number) => ((1 - (value - low) / (high - low)) * HEIGHT).toFixed(1);
  const lines = shown.map(
    ({ attempt, points: path }) =>
      html`<polyline class="attempt${attempt % 4}" points="${path.map(([step, value]) => `${x(step)},${y(value)}`).join(' ')}"/>`,
  );
  const grid = ticks.map((value) => html`<line x1="0" y1="${y(value)}" x2="${WIDTH}" y2="${y(value)}"/>`);
  const values = ticks.map(
    (value) => html`<b style="top:${((1 - (value - low) / (high - low)) * 100).toFixed(2)}%">${shortNumber(value)}</b>`,
  );
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<b>${Math.round(share * last).toLocaleString('en')}</b>`);
  return html`<figure class="chart">
<div class="values">${values}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${metric} over steps">${grid}${lines}</svg>
<div class="steps">${steps}</div>
<figcaption>${metric} over steps${shown.length > 1 ? html`: ${shown.map(legend)}` : html``}</figcaption>
</figure>`;
}

function legend({ attempt, points }: Curve): Markup {
  const [from, to] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
  return html`<span class="key attempt${attempt % 4}">attempt ${attempt}, steps ${from} to ${to}</span> `;
}

interface ValueAxis {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
}

const TICKS = 4;

/** From zero, or below it, to a round number above the highest value. */
function valueAxis(values: readonly number[]): ValueAxis {
  const [lowest, highest] = [Math.min(0, ...values), Math.max(0, ...values)];
  const rough = (highest - lowest || 1) / TICKS;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const low = Math.floor(lowest / step) * step;
  const count = Math.max(1, Math.ceil((highest - low) / step - 1e-9));
  const ticks = Array.from({ length: count + 1 }, (_, i) => low + i * step);
  return { low, high: low + count * step, ticks };
}

const shortNumber = (value: number): string => String(Number(value.toPrecision(3)));
