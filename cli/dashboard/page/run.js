import { Logs } from '/logs.js';
import { Metrics } from '/metrics.js';
import { html, useState } from '/preact.js';
import { bytes, count, duration, ranks, TONE } from '/text.js';

/** Everything about one run, as it goes on. */
export function RunView({ page, runs, now, fetchJson, post }) {
  const { run, gang, partitions, progress, usage } = page;
  const listed = runs.find((one) => one.runId === run.runId);
  const isRunning = run.state === 'running';
  const last = run.history.at(-1);
  return html`<article>
    <header class=${TONE[run.state]}>
      <h2>${run.runId}</h2>
      <p class="verdict" role="status">${headline(run, gang)}</p>
      ${run.failure && html`<p>${run.failure.code}: ${run.failure.message}</p>`}
      <p class="dim">${run.kind}, ${isRunning ? 'running for' : 'took'} ${duration((run.endedAt ?? now) - run.startedAt)}${run.resumed ? `, resumed ${count(run.resumed, 'time')}` : ''}</p>
      <p class="actions">
        ${isRunning && html`<${ActionButton} key="cancel" of=${CANCEL} runId=${run.runId} post=${post} />`}
        ${isResumable(run) && html`<${ActionButton} key=${`resume after ${run.endedAt}`} of=${RESUME} runId=${run.runId} post=${post} />`}
        ${listed?.report && html`<a href=${listed.report}>report</a>`}
      </p>
    </header>
    ${gang?.barrier && html`<${Barrier} barrier=${gang.barrier} epoch=${gang.epoch} />`}
    <${Timeline} run=${run} now=${now} />
    ${gang && html`<${Hosts} gang=${gang} leases=${run.hosts} usage=${usage} />`}
    ${run.history.length > 0 && html`<${Attempts} history=${run.history} />`}
    ${progress.length > 0 && html`<${Metrics} key=${run.runId} runId=${run.runId} progress=${progress} runs=${runs} fetchJson=${fetchJson} />`}
    ${run.partitions && html`<${Partitions} of=${run.partitions.of} done=${partitions} />`}
    ${run.kind === 'train' && html`<section><h3>Logs</h3><${Logs} key=${run.runId} runId=${run.runId} fetchJson=${fetchJson} isRunning=${isRunning} fault=${last?.rank} /></section>`}
  </article>`;
}

function headline(run, gang) {
  if (run.state !== 'running') return run.state;
  if (gang === undefined) return `running, ${run.stays.at(-1)?.phase ?? 'starting'}`;
  const step = run.progress === undefined ? '' : `, step ${run.progress.step} of ${run.progress.of}`;
  return `${gang.phase.toLowerCase()}, attempt ${gang.attempt}${step}`;
}

/** An inference run that ended without its results keeps the partitions that it committed. */
const isResumable = ({ kind, state }) => kind === 'infer' && (state === 'failed' || state === 'cancelled');

const CANCEL = {
  ...{ verb: 'cancel', ask: 'Cancel the run', sure: 'Cancel it', not: 'Keep it', isDanger: true },
  ...{ means: 'Tasks are asked to end and hosts are given back.', begun: 'cancelling: tasks are asked to end …' },
};
const RESUME = {
  ...{ verb: 'resume', ask: 'Resume the run', sure: 'Resume it', not: 'Leave it', isDanger: false },
  ...{ means: 'Partitions that are committed stay, the others are predicted.', begun: 'resuming …' },
};

/** Asks once more before it does anything, and then says what came of it. */
function ActionButton({ of, runId, post }) {
  const [state, setState] = useState('idle');
  const [said, setSaid] = useState('');
  const act = () => {
    setState('asked');
    post(`/api/runs/${runId}/${of.verb}`).then(
      ({ message }) => setSaid(message),
      (error) => setSaid(error.message),
    );
  };
  if (state === 'idle') return html`<button onClick=${() => setState('sure')}>${of.ask}</button>`;
  if (state === 'asked') return html`<span role="status">${said || of.begun}</span>`;
  return html`<span>${of.means} <button class=${of.isDanger ? 'danger' : ''} onClick=${act}>${of.sure}</button> <button onClick=${() => setState('idle')}>${of.not}</button></span>`;
}

function Barrier({ barrier, epoch }) {
  const { kind, callSite, arrived, waitingFor } = barrier;
  const where = callSite === '' || callSite === 'unknown' ? '' : ` at ${callSite}`;
  return html`<section class="notice" role="status">
    <strong>${kind} ${epoch}${where}</strong>: ${waitingFor.length === 0 ? 'all ranks have come' : `waiting for ${ranks(waitingFor)}`}
    <span class="dim">; ${count(arrived.length, 'rank')} there</span>
  </section>`;
}

function Timeline({ run, now }) {
  const bars = [
    ...run.stays.map((stay) => ({ ...stay, to: stay.outcome === 'open' ? now : stay.to })),
    ...run.hosts.map((host) => ({ from: host.acquiredAt, to: host.releasedAt ?? now })),
  ];
  if (bars.length === 0) return null;
  const start = Math.min(...bars.map((bar) => bar.from));
  const span = Math.max(1, Math.max(...bars.map((bar) => bar.to)) - start);
  const place = (from, to) =>
    `left:${(((from - start) / span) * 100).toFixed(2)}%;width:${(((to - from) / span) * 100).toFixed(2)}%`;
  const phases = [...new Set(run.stays.map((stay) => stay.phase))];
  return html`<section><h3>Timeline</h3><div class="timeline">
    ${phases.map((phase) => {
      const own = run.stays
        .filter((stay) => stay.phase === phase)
        .map((stay) => ({ ...stay, to: stay.outcome === 'open' ? now : stay.to }));
      const total = own.reduce((sum, stay) => sum + stay.to - stay.from, 0);
      return html`<${Lane} name=${phase} note=${duration(total)}>${own.map((stay) => html`<i class=${stay.outcome === 'failed' ? 'bad' : 'plain'} style=${place(stay.from, stay.to)}></i>`)}<//>`;
    })}
    ${run.hosts.map((host) => html`<${Lane} name=${host.instanceId} note=${host.releasedAt === undefined ? 'held' : 'released'}><i class="quiet" style=${place(host.acquiredAt, host.releasedAt ?? now)}></i><//>`)}
  </div></section>`;
}

const Lane = ({ name, note, children }) =>
  html`<div class="lane"><span class="name" title=${name}>${name}</span><span class="track">${children}</span><span class="note">${note}</span></div>`;

function Hosts({ gang, leases, usage }) {
  const used = new Map(usage.filter((log) => log.attempt === gang.attempt).map((log) => [log.instanceId, log]));
  const leased = new Map(leases.map((lease) => [lease.instanceId, lease]));
  if (gang.members.length === 0)
    return html`<section><h3>Hosts</h3><p class="dim">None has joined attempt ${gang.attempt} yet.</p></section>`;
  return html`<section><h3>Hosts of attempt ${gang.attempt}</h3><table>
    <thead><tr><th>Host</th><th>State</th><th>Ranks</th><th>Accelerators</th><th>Use</th><th>Kind</th></tr></thead>
    <tbody>${gang.members.map(
      (member) => html`<tr>
      <td data-label="Host">${member.instanceId}</td>
      <td data-label="State">${member.state.toLowerCase()}${member.notice ? html` <span class="bad">taken away: ${member.notice}</span>` : ''}</td>
      <td data-label="Ranks">${member.ranks.join(', ') || 'not sealed'}</td>
      <td data-label="Accelerators">${member.accelerators.map((address) => html`<span class="chip">${address}</span> `)}${member.accelerators.length === 0 ? 'none' : partOf(leased.get(member.instanceId))}</td>
      <td data-label="Use">${useOf(used.get(member.instanceId))}</td>
      <td data-label="Kind">${kindOf(leased.get(member.instanceId))}</td>
    </tr>`,
    )}</tbody></table></section>`;
}

const kindOf = (lease) => (lease === undefined ? '' : `${lease.instanceType}, ${lease.zone}, ${lease.market}`);

/** What its tasks used when the agent last stored it. */
function useOf(log) {
  const last = log?.samples.at(-1);
  if (last === undefined) return html`<span class="dim">not seen yet</span>`;
  const devices = last.accelerators.map(
    ({ address, busy, memoryBytes }) => `${address}: ${Math.round(busy * 100)} %, ${bytes(memoryBytes)}`,
  );
  return html`${last.processors.toFixed(1)} of ${count(log.processors, 'processor')}, ${bytes(last.memoryBytes)}${devices.length > 0 ? html`; <span class="dim">${devices.join('; ')}</span>` : ''}`;
}

/** What the addresses are, by the type of the instance. */
const partOf = (lease) =>
  lease?.accelerator === undefined
    ? ''
    : html`<span class="dim">${lease.accelerator.model}, ${lease.accelerator.memoryGiB} GiB each</span>`;

const Attempts = ({ history }) =>
  html`<section><h3>Attempts</h3><ol class="attempts">${history.map(
    (story) => html`<li class=${TONE[story.state]}>
  <strong>Attempt ${story.attempt}</strong> <span class="state">${story.state}</span> <span class="dim">after ${count(story.barriers, 'barrier')}</span>
  ${story.why && html`<p>${story.why}</p>`}
  ${story.chargedTo && html`<p class="dim">charged to ${story.chargedTo}${story.replaced.length > 0 ? `, replaced ${story.replaced.join(', ')}` : ''}</p>`}
</li>`,
  )}</ol></section>`;

function Partitions({ of, done }) {
  const slowest = Math.max(0, ...done.map((one) => one.ms));
  const times = done.map((one) => one.ms).sort((a, b) => a - b);
  const median = times[Math.floor(times.length / 2)] ?? 0;
  const rows = done.reduce((sum, one) => sum + one.rows, 0);
  return html`<section><h3>Partitions</h3>
    <p>${done.length} of ${count(of, 'partition')}, ${count(rows, 'row')}, ${bytes(done.reduce((sum, one) => sum + one.sizeBytes, 0))}${median > 0 ? html`; the slowest took ${(slowest / median).toFixed(1)} times the median` : ''}</p>
    <progress max=${Math.max(1, of)} value=${done.length} aria-label="partitions that are done"></progress>
    <div class="bars">${done.slice(0, 200).map((one) => html`<i style=${`height:${((one.ms / Math.max(1, slowest)) * 100).toFixed(1)}%`} title=${`partition ${one.partition}: ${count(one.rows, 'row')}, ${duration(one.ms)}`}></i>`)}</div>
    <p class="dim">Time inside of the function, a bar a partition${done.length > 200 ? ', the first 200' : ''}.</p></section>`;
}
