import { attemptCards } from './attempt-cards.ts';
import { duration } from './duration.ts';
import { escapeHtml, html, type Markup } from './html.ts';
import { metricCharts } from './metric-charts.ts';
import type { ReportData, ReportHost } from './report-data.ts';
import { REPORT_STYLE } from './report-style.ts';
import { dataTable, definitions, labelBars, ledgerTable, partitionTable } from './report-tables.ts';
import { shareBar } from './share-bar.ts';
import { startOf, timeline } from './timeline.ts';
import { usageCharts } from './usage-charts.ts';

/** The report of a run as one HTML file that needs nothing else: no script, no network. */
export function renderReport(data: ReportData): string {
  const { stays, attempts, hosts, curves, usage, stages, partitions, labels, ledger, identity, jobs, links } = data;
  const body = html`
${heading(data)}
<dl class="facts">${data.facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${section('Timeline', stays.length + attempts.length + hosts.length > 0, () => timeline(data))}
${section('Attempts', attempts.length > 0, () => attemptCards(attempts))}
${section('Training', curves.length > 0, () => metricCharts(curves))}
${section('Use of the hosts', usage.length > 0, () => usageCharts(usage, startOf(data)))}
${section('Inference', stages.length > 0, () => shareBar(stages))}
${section('Partitions', partitions.length > 0, () => partitionTable(partitions))}
${labels === undefined ? html`` : section('Labels', true, () => labelBars(labels))}
${section('Hosts', hosts.length > 0, () => hostTable(hosts, startOf(data)))}
${ledger === undefined ? html`` : section('Ledger', ledger.totalS > 0, () => ledgerTable(ledger))}
${section('What was read and run', identity.length > 0, () => definitions(identity))}
${section(jobs.length > 1 ? 'Jobs' : 'Job', jobs.length > 0, () => html`${jobs.map((job) => html`<pre>${job}</pre>`)}`)}
${section('Files', links.length > 0, () => linkList(links))}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(data.title)}</title>
<style>${REPORT_STYLE}</style>
</head>
<body>${body.markup}
</body>
</html>
`;
}

function heading({ title, runs, ok, verdict, stays }: ReportData): Markup {
  const [first = '', ...rest] = verdict.split('\n');
  const [from, to] = [stays[0]?.from, stays.at(-1)?.to];
  const when = from === undefined || to === undefined ? '' : `${moment(from)}, took ${duration(to - from)}`;
  return html`<header class="${ok ? 'good' : 'bad'}">
<h1>${title}</h1>
<p class="verdict">${first}</p>
${rest.map((text) => html`<p>${text}</p>`)}
<p class="dim">${runs.filter((run) => !title.includes(run)).map((run) => html`<code>${run}</code> `)}</p>
<p class="dim">${when}</p>
</header>`;
}

const moment = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const section = (title: string, hasContent: boolean, content: () => Markup): Markup =>
  hasContent ? html`<section><h2>${title}</h2>${content()}</section>` : html``;

const linkList = (links: ReportData['links']): Markup =>
  html`<ul class="links">${links.map(({ label, href }) => html`<li><a href="${href}">${label}</a></li>`)}</ul>`;

/** Times as on the axis of the timeline, so that a row and its bar say the same. */
function hostTable(hosts: readonly ReportHost[], start: number): Markup {
  const at = (time: number) => duration(time - start);
  const end = ({ to, replacedIn }: ReportHost) =>
    `${to === undefined ? 'not released' : at(to)}${replacedIn === undefined ? '' : `, replaced after attempt ${replacedIn}`}`;
  const rows = hosts.map((host) => [host.instanceId, host.kind, at(host.from), end(host)]);
  return dataTable(['Host', 'Kind', 'Leased', 'Released'], rows);
}
