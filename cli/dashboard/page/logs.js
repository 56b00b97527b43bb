import { html, useEffect, useState } from '/preact.js';
import { bytes } from '/text.js';

const REFRESH_MS = 2_000;

/** The logs of all ranks: one attempt and rank at a time, or all ranks of an attempt, with a search over what is shown. */
export function Logs({ runId, fetchJson, isRunning, fault }) {
  const [entries, setEntries] = useState(undefined);
  const [attempt, setAttempt] = useState(undefined);
  const [rank, setRank] = useState('all');
  const [search, setSearch] = useState('');
  const [texts, setTexts] = useState([]);
  const [tick, setTick] = useState(0);

  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setTick((one) => one + 1), REFRESH_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  useEffect(() => {
    fetchJson(`/api/runs/${runId}/logs`).then(
      (found) => setEntries(found ?? []),
      () => setEntries([]),
    );
  }, [runId, tick]);
  const attempts = [...new Set((entries ?? []).map((entry) => entry.attempt))];
  const shownAttempt = attempt ?? attempts.at(-1);
  const wanted = (entries ?? []).filter(
    (entry) => entry.attempt === shownAttempt && (rank === 'all' || entry.rank === Number(rank)),
  );
  const version = wanted.map((entry) => `${entry.attempt}/${entry.rank}/${entry.sizeBytes}`).join(' ');
  useEffect(() => {
    const read = (entry) =>
      fetchJson(`/api/runs/${runId}/logs/${entry.attempt}/${entry.rank}`).then((tail) => ({ ...entry, ...tail }));
    Promise.all(wanted.map(read)).then(setTexts, () => {});
  }, [version]);

  if (entries === undefined) return html`<p class="dim">Looking for logs …</p>`;
  if (entries.length === 0) return html`<p class="dim">No task has written a log yet.</p>`;
  const lines = texts
    .flatMap((one) => linesOf(one))
    .filter(({ text }) => search === '' || text.toLowerCase().includes(search.toLowerCase()));
  const skipped = texts.reduce((sum, one) => sum + (one.skippedBytes ?? 0), 0);
  return html`<div class="logs">
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      <label>Attempt <select value=${shownAttempt} onChange=${(event) => setAttempt(Number(event.target.value))}>${attempts.map((one) => html`<option value=${one}>${one}</option>`)}</select></label>
      <label>Rank <select value=${rank} onChange=${(event) => setRank(event.target.value)}><option value="all">all</option>${entries.filter((entry) => entry.attempt === shownAttempt).map((entry) => html`<option value=${entry.rank}>${entry.rank}${entry.rank === fault ? ' (at fault)' : ''}</option>`)}</select></label>
      <label>Search <input type="search" value=${search} onInput=${(event) => setSearch(event.target.value)} /></label>
      <span class="dim" role="status">${lines.length.toLocaleString('en')} lines${skipped > 0 ? `; ${bytes(skipped)} before them are not shown` : ''}</span>
    </form>
    <pre tabindex="0" aria-label="log lines">${lines.slice(-2_000).map(({ rank: from, text }) => html`<span><b class=${from === fault ? 'fault' : ''}>${from}</b> ${text}${'\n'}</span>`)}</pre>
  </div>`;
}

const linesOf = ({ rank, text = '' }) =>
  text === ''
    ? []
    : text
        .replace(/\n$/, '')
        .split('\n')
        .map((line) => ({ rank, text: line }));
