import { consequencesOf } from './attempt-rows.ts';
import { counted } from './counted.ts';
import { duration } from './duration.ts';
import { html, type Markup } from './html.ts';
import type { ReportAttempt } from './report-data.ts';

/** What became of each attempt, why, what that led to, and what its tasks wrote. */
export const attemptCards = (attempts: readonly ReportAttempt[]): Markup =>
  html`<ol class="attempts">${attempts.map(card)}</ol>`;

function card(story: ReportAttempt): Markup {
  const { attempt, state, why, firstReport, rank, barriers, from, to, logs, lastWords } = story;
  const consequences = consequencesOf(story);
  const isFault = state === 'restarted' || state === 'failed';
  return html`<li class="${isFault ? 'bad' : state === 'succeeded' ? 'good' : 'quiet'}">
<h3>Attempt ${attempt} <span>${state}</span></h3>
<p class="dim">${duration(to - from)}, ${counted(barriers, 'barrier')} passed</p>
${line(why)}${line(firstReport && `first report: ${firstReport}`, 'dim')}${line(consequences)}
${logs.length === 0 ? html`` : html`<p class="logs">logs: ${logs.map((log) => logLink(log, rank))}</p>`}
${lastWords === undefined ? html`` : html`<details open><summary>The end of the log of rank ${rank ?? ''}</summary><pre>${lastWords}</pre></details>`}
</li>`;
}

const line = (text: string | undefined, tone = ''): Markup =>
  text === undefined || text === '' ? html`` : html`<p class="${tone}">${text}</p>`;

/** The log of the rank at fault stands out. */
const logLink = ({ label, href }: ReportAttempt['logs'][number], rank: number | undefined): Markup =>
  html`<a href="${href}" class="${label === `rank ${rank}` ? 'fault' : ''}">${label}</a> `;
