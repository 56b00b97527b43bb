/** Charts as inline SVG; their colours come from the style sheet, so that they fit light, dark and print. */
import type { Stay } from '../run/phases.ts';
import { html, type Markup } from './html.ts';
import type { Curve } from './report-data.ts';

const WIDTH = 720;
const LABEL = 90;
const ROW = 24;

/** One row a phase, one bar a stay in it, from the first to the last moment of the run. */
export function timeline(stays: readonly Stay[]): Markup {
  const phases = [...new Set(stays.map(({ phase }) => phase))];
  const start = Math.min(...stays.map(({ from }) => from));
  const span = Math.max(1, ...stays.map(({ to }) => to - start));
  const x = (time: number) => LABEL + ((time - start) / span) * (WIDTH - LABEL - 60);
  const bars = stays.map(({ phase, from, to }) => {
    const y = phases.indexOf(phase) * ROW;
    const seconds = ((to - from) / 1000).toFixed(2);
    return html`<g><rect class="bar" x="${x(from).toFixed(1)}" y="${y + 4}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${ROW - 8}" rx="2"/><text class="value" x="${(x(to) + 4).toFixed(1)}" y="${y + 16}">${seconds} s</text></g>`;
  });
  const names = phases.map((phase, i) => html`<text x="0" y="${i * ROW + 16}">${phase}</text>`);
  return html`<svg viewBox="0 0 ${WIDTH} ${phases.length * ROW}" role="img" aria-label="Phases over time">${names}${bars}</svg>`;
}

const HEIGHT = 220;
const MARGIN = 44;

/** The first metric that was reported (the loss, in most jobs) over steps; later attempts are drawn over earlier ones. */
export function lossChart(curves: readonly Curve[]): Markup {
  const metric = curves[0]?.metric ?? '';
  const shown = curves.filter((curve) => curve.metric === metric);
  const points = shown.flatMap((curve) => curve.points);
  const steps = Math.max(1, ...points.map(([step]) => step));
  const [low, high] = [Math.min(0, ...points.map(([, value]) => value)), Math.max(...points.map(([, value]) => value))];
  const x = (step: number) => (MARGIN + (step / steps) * (WIDTH - MARGIN - 10)).toFixed(1);
  const y = (value: number) => (HEIGHT - 24 - ((value - low) / (high - low || 1)) * (HEIGHT - 40)).toFixed(1);
  const lines = shown.map(
    ({ attempt, points: path }) =>
      html`<polyline class="curve attempt${attempt % 4}" points="${path.map(([step, value]) => `${x(step)},${y(value)}`).join(' ')}"/>`,
  );
  const marks = [low, (low + high) / 2, high].map(
    (value) => html`<text class="value" x="0" y="${y(value)}">${value.toPrecision(3)}</text>`,
  );
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${metric} over steps"><line class="axis" x1="${MARGIN}" y1="${y(low)}" x2="${WIDTH}" y2="${y(low)}"/>${marks}${lines}<text class="value" x="${MARGIN}" y="${HEIGHT - 6}">step 0</text><text class="value end" x="${WIDTH}" y="${HEIGHT - 6}">step ${steps}</text></svg><figcaption>${metric} over steps, ${shown.length === 1 ? 'one attempt' : `${shown.length} attempts`}</figcaption></figure>`;
}
