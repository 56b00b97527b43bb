import { Chart } from '/chart.js';
import { html, useEffect, useState } from '/preact.js';
import { number } from '/text.js';

/** More lines than this nobody tells apart. */
const BESIDE_MAX = 4;
/** Runs that are offered: the newest with something to show. */
const OFFERED_MAX = 20;

/** One metric over steps: a line for each attempt of the run, and for each of the runs that were chosen beside it. */
export function Metrics({ runId, progress, runs, fetchJson }) {
  const names = [...new Set(progress.flatMap((one) => Object.keys(one.metrics)))];
  const [chosen, setChosen] = useState(undefined);
  const [beside, setBeside] = useState([]);
  const [read, setRead] = useState({});
  useEffect(() => {
    for (const id of beside.filter((one) => read[one] === undefined)) {
      fetchJson(`/api/runs/${id}`).then(
        (page) => setRead((all) => ({ ...all, [id]: page?.progress ?? [] })),
        () => setRead((all) => ({ ...all, [id]: [] })),
      );
    }
  }, [beside.join(' ')]);
  if (names.length === 0)
    return html`<section><h3>Progress</h3><p>step ${progress.at(-1).step} of ${progress.at(-1).of}</p></section>`;
  const metric = chosen ?? names[0];
  const others = runs.filter((one) => one.runId !== runId && one.progress !== undefined).slice(0, OFFERED_MAX);
  const series = [
    ...linesOf(progress, metric, (attempt) => `attempt ${attempt}`),
    ...beside.flatMap((id) =>
      linesOf(read[id] ?? [], metric, (attempt, isOnly) => (isOnly ? id : `${id}, attempt ${attempt}`)),
    ),
  ];
  const without = beside.filter((id) => read[id] !== undefined && !read[id].some((one) => metric in one.metrics));
  const latest = progress.at(-1).metrics[metric];
  const toggle = (id) => setBeside((all) => (all.includes(id) ? all.filter((one) => one !== id) : [...all, id]));
  return html`<section><h3>Metrics</h3>
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <label>Metric <select value=${metric} onChange=${(event) => setChosen(event.target.value)}>${names.map((name) => html`<option value=${name}>${name}</option>`)}</select></label>
      <span class="dim">${latest === undefined ? '' : `now ${number(latest)}`}</span>
    </form>
    <${Chart} metric=${metric} series=${series} />
    ${without.length > 0 && html`<p class="dim" role="status">${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} no ${metric}.</p>`}
    ${others.length > 0 && html`<details class="beside"><summary>Other runs beside it</summary>${others.map((one) => html`<label><input type="checkbox" checked=${beside.includes(one.runId)} disabled=${!beside.includes(one.runId) && beside.length >= BESIDE_MAX} onChange=${() => toggle(one.runId)} /> ${one.runId}</label>`)}</details>`}
  </section>`;
}

/** A line for each attempt that has reported the metric. */
function linesOf(progress, metric, labelOf) {
  const own = progress.filter((one) => metric in one.metrics);
  const attempts = [...new Set(own.map((one) => one.attempt))];
  return attempts.map((attempt) => ({
    label: labelOf(attempt, attempts.length === 1),
    points: own.filter((one) => one.attempt === attempt).map((one) => [one.step, one.metrics[metric]]),
  }));
}
