import { html } from '/preact.js';
import { ago, TONE } from '/text.js';

/** The list of runs, newest first; each is a link, so that the keyboard and the back button work as everywhere. */
export function RunList({ runs, chosen, now }) {
  if (runs === undefined) return html`<p class="dim">Looking for runs …</p>`;
  if (runs.length === 0) {
    return html`<p class="dim">No run yet. <code>lockstep train examples/digits/train.yaml</code> starts one.</p>`;
  }
  return html`<ul class="runs">${runs.map((run) => html`<${RunItem} key=${run.runId} ...${{ run, now }} isChosen=${run.runId === chosen} />`)}</ul>`;
}

function RunItem({ run, isChosen, now }) {
  const { runId, kind, state, startedAt, progress, gang } = run;
  const share = progress === undefined || progress.of === 0 ? undefined : progress.step / progress.of;
  return html`<li>
    <a href=${`#/run/${runId}`} class=${`item ${TONE[state]}`} aria-current=${isChosen ? 'page' : undefined}>
      <span class="name">${runId}</span>
      <span class="state">${state}</span>
      <span class="dim">${kind}${gang && state === 'running' ? `, ${gang.phase.toLowerCase()}` : ''}</span>
      <span class="dim when"><time datetime=${new Date(startedAt).toISOString()}>${ago(startedAt, now)}</time></span>
      ${state === 'running' && share !== undefined && html`<progress max="1" value=${share} aria-label="progress of ${runId}"></progress>`}
    </a>
  </li>`;
}
