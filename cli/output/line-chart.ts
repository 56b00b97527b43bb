import { html, type Markup } from './html.ts';

const WIDTH = 1000;
const HEIGHT = 300;

/** Lines over one axis, from zero or before. Only lines are drawn; what is written stands beside them as text, so that it
 * keeps its size on a small screen. */
export interface LineChart {
  /** What the lines show, for those who do not see them. */
  readonly label: string;
  readonly lines: readonly Line[];
  /** Where the axis ends; the farthest point where that is farther. */
  readonly until?: number;
  /** The values at 0, a quarter, half, three quarters and the whole of the axis. */
  readonly along: (x: number) => string;
  readonly value?: (y: number) => string;
  readonly caption: Markup;
}

export interface Line {
  /** Which of the four colours. */
  readonly series: number;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export function lineChart({ label, lines, until = 1, along, value = shortNumber, caption }: LineChart): Markup {
  const points = lines.flatMap((line) => line.points);
  const last = Math.max(until, ...points.map(([at]) => at));
  const { low, high, ticks } = valueAxis(points.map(([, one]) => one));
  const x = (at: number) => ((at / last) * WIDTH).toFixed(1);
  const y = (one: number) => ((1 - (one - low) / (high - low)) * HEIGHT).toFixed(1);
  const drawn = lines.map(
    ({ series, points: path }) =>
      html`<polyline class="attempt${series % 4}" points="${path.map(([at, one]) => `${x(at)},${y(one)}`).join(' ')}"/>`,
  );
  const grid = ticks.map((one) => html`<line x1="0" y1="${y(one)}" x2="${WIDTH}" y2="${y(one)}"/>`);
  const values = ticks.map(
    (one) => html`<b style="top:${((1 - (one - low) / (high - low)) * 100).toFixed(2)}%">${value(one)}</b>`,
  );
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => html`<b>${along(share * last)}</b>`);
  return html`<figure class="chart">
<div class="values">${values}</div>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${grid}${drawn}</svg>
<div class="steps">${steps}</div>
<figcaption>${caption}</figcaption>
</figure>`;
}

/** A name with the colour of its line. */
export const legend = (series: number, name: string): Markup =>
  html`<span class="key attempt${series % 4}">${name}</span> `;

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
