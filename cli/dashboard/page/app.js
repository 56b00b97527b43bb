import { RunList } from '/list.js';
import { html, render, useEffect, useState } from '/preact.js';
import { RunView } from '/run.js';

/** The token came with the address and stays in this tab: it is never part of an address that others may see. */
const given = /[#&]token=([\w-]+)/.exec(location.hash)?.[1];
if (given !== undefined) {
  sessionStorage.setItem('token', given);
  history.replaceState(null, '', '/#/');
}
const token = given ?? sessionStorage.getItem('token') ?? '';
const headers = { authorization: `Bearer ${token}` };

async function request(path, method) {
  const response = await fetch(path, { method, headers });
  const answer = await response.json();
  if (response.ok) return answer;
  throw new Error([answer.message, answer.remedy].filter(Boolean).join(' '));
}
const fetchJson = (path) => request(path, 'GET');
const post = (path) => request(path, 'POST');

const chosenRun = () => /^#\/run\/([\w-]+)$/.exec(location.hash)?.[1];

function App() {
  const [runId, setRunId] = useState(chosenRun());
  const [runs, setRuns] = useState(undefined);
  const [page, setPage] = useState(undefined);
  const [trouble, setTrouble] = useState(undefined);
  const [now, setNow] = useState(Date.now());

  useEffect(() => {
    const onHash = () => setRunId(chosenRun());
    addEventListener('hashchange', onHash);
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => {
      removeEventListener('hashchange', onHash);
      clearInterval(timer);
    };
  }, []);
  useEffect(() => {
    setPage(undefined);
    const query = new URLSearchParams({ token, ...(runId && { run: runId }) });
    const source = new EventSource(`/events?${query}`);
    const on = (event, take) => source.addEventListener(event, ({ data }) => take(JSON.parse(data)));
    on('runs', setRuns);
    on('run', setPage);
    on('trouble', (message) => setTrouble(message ?? undefined));
    source.onerror = () => setTrouble('The dashboard does not answer: has its command ended?');
    source.onopen = () => setTrouble(undefined);
    return () => source.close();
  }, [runId]);
  useEffect(() => {
    document.title = runId === undefined ? 'Lockstep' : `${runId} · Lockstep`;
  }, [runId]);

  return html`
    <a class="skip" href="#main">Skip to the run</a>
    <div class="app ${runId === undefined ? '' : 'open'}">
      <nav aria-label="Runs"><h1><a href="#/">Lockstep</a></h1>
        ${trouble && html`<p class="notice bad" role="alert">${trouble}</p>`}
        <${RunList} runs=${runs} chosen=${runId} now=${now} /></nav>
      <main id="main" tabindex="-1">
        ${runId !== undefined && html`<p class="back"><a href="#/">All runs</a></p>`}
        ${runId === undefined ? html`<p class="dim hint">Choose a run.</p>` : html`<${Chosen} ...${{ runId, page, runs: runs ?? [], now }} />`}
      </main>
    </div>`;
}

function Chosen({ runId, page, runs, now }) {
  const listed = runs.find((run) => run.runId === runId);
  if (page) return html`<${RunView} ...${{ page, runs, now, fetchJson, post }} />`;
  if (page === undefined) return html`<p class="dim">Looking at ${runId} …</p>`;
  return html`<article><header class="quiet"><h2>${runId}</h2>
    <p>Its cloud is gone. ${listed?.failure ? `${listed.failure.code}: ${listed.failure.message}` : (listed?.state ?? 'Nothing here knows this run.')}</p>
    ${listed?.report && html`<p><a href=${listed.report}>The report of the run</a></p>`}</header></article>`;
}

render(html`<${App} />`, document.body);
