import { html } from '/preact.js';
import { number } from '/text.js';

const WIDTH = 1000;
const HEIGHT = 260;
/** Of style.css: series0, series1, … */
const COLOURS = 6;

/**
 * One metric over steps, a line for each series `{ label, points: [[step, value], …] }`. Only lines are drawn; what is
 * written stands beside them as text, so that it keeps its size on a small screen.
 */
export function Chart({ metric, series }) {
  const drawn = series.map((one) => ({ ...one, points: one.points.filter(([, value]) => Number.isFinite(value)) }));
  const left =
    series.reduce((sum, one) => sum + one.points.length, 0) - drawn.reduce((sum, one) => sum + one.points.length, 0);
  const points = drawn.flatMap((one) => one.points);
  if (points.length === 0) return html`<p class="dim">No finite value of ${metric} yet.</p>`;
  const last = Math.max(1, ...points.map(([step]) => step));
  const { low, high, ticks } = axis(points.map(([, value]) => value));
  const x = (step) => ((step / last) * WIDTH).toFixed(1);
  const y = (value) => ((1 - (value - low) / (high - low)) * HEIGHT).toFixed(1);
  return html`<figure class="chart">
    <div class="values" aria-hidden="true">${ticks.map((tick) => html`<b style=${`top:${((1 - (tick - low) / (high - low)) * 100).toFixed(2)}%`}>${number(tick)}</b>`)}</div>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${`${metric} over steps, last ${number(points.at(-1)[1])}`}>
      ${ticks.map((tick) => html`<line x1="0" x2=${WIDTH} y1=${y(tick)} y2=${y(tick)} />`)}
      ${drawn.map((one, i) => html`<polyline class=${`series${i % COLOURS}`} points=${one.points.map(([step, value]) => `${x(step)},${y(value)}`).join(' ')} />`)}
      ${drawn.map((one, i) => one.points.length === 1 && html`<circle class=${`series${i % COLOURS}`} cx=${x(one.points[0][0])} cy=${y(one.points[0][1])} r="4" />`)}
    </svg>
    <div class="steps" aria-hidden="true"><b>0</b><b>${Math.round(last / 2).toLocaleString('en')}</b><b>${last.toLocaleString('en')}</b></div>
    <figcaption>${metric} over steps ${drawn.map((one, i) => html`<span class=${`key series${i % COLOURS}`}>${one.label}</span> `)}
      ${left > 0 && `${left} values that are no numbers are not drawn.`}</figcaption>
  </figure>`;
}

/** From a round number below the lowest value to one above the highest. */
function axis(values) {
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const rough = (highest - lowest || Math.abs(highest) || 1) / 4;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((factor) => factor * magnitude >= rough) ?? 10) * magnitude;
  const low = Math.floor(lowest / step) * step;
  const steps = Math.max(1, Math.ceil((highest - low) / step - 1e-9));
  return { low, high: low + steps * step, ticks: Array.from({ length: steps + 1 }, (_, i) => low + i * step) };
}
