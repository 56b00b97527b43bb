import { escapeHtml, html, type Markup } from './html.ts';
import { lossChart, timeline } from './report-charts.ts';
import type { ReportData, ReportHost } from './report-data.ts';
import { REPORT_STYLE } from './report-style.ts';

/** The report of a run as one HTML file that needs nothing else: no script, no network. */
export function renderReport(data: ReportData): string {
  const body = html`
<header>
<h1>${data.title}</h1>
<p class="${data.ok ? 'good' : 'bad'}">${data.verdict}</p>
</header>
<dl class="facts">${data.facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
${section('Phases', data.stays.length > 0, () => timeline(data.stays))}
${section('Hosts', data.hosts.length > 0, () => hostTable(data.hosts))}
${section('Training', data.curves.length > 0, () => lossChart(data.curves))}
${section('Files', data.links.length > 0, () => linkList(data.links))}`;
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

const section = (title: string, hasContent: boolean, content: () => Markup): Markup =>
  hasContent ? html`<section><h2>${title}</h2>${content()}</section>` : html``;

const linkList = (links: ReportData['links']): Markup =>
  html`<ul>${links.map(({ label, href }) => html`<li><a href="${href}">${label}</a></li>`)}</ul>`;

function hostTable(hosts: readonly ReportHost[]): Markup {
  const first = Math.min(...hosts.map(({ from }) => from));
  const at = (time: number) => `${((time - first) / 1000).toFixed(1)} s`;
  return html`<table>
<thead><tr><th>Host</th><th>Kind</th><th>Leased</th><th>Released</th></tr></thead>
<tbody>${hosts.map(
    ({ instanceId, kind, from, to }) =>
      html`<tr><td>${instanceId}</td><td>${kind}</td><td>${at(from)}</td><td>${to === undefined ? 'not released' : at(to)}</td></tr>`,
  )}</tbody>
</table>`;
}
