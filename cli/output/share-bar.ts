import { duration } from './duration.ts';
import { html, type Markup } from './html.ts';
import type { Stage } from './report-data.ts';

/** How a time divides into stages: one bar, and a list that says what is what. */
export function shareBar(stages: readonly Stage[]): Markup {
  const total = stages.reduce((sum, { ms }) => sum + ms, 0) || 1;
  const shares = stages.map(({ name, ms }, i) => ({ name, ms, share: (ms / total) * 100, tone: `stage${i % 6}` }));
  return html`<div class="shares">${shares.map(
    ({ name, share, tone }) => html`<i class="${tone}" style="width:${share.toFixed(2)}%" title="${name}"></i>`,
  )}</div>
<ul class="keys">${shares.map(
    ({ name, ms, share, tone }) =>
      html`<li><i class="${tone}"></i>${name} <b>${share.toFixed(0)} %</b> <small>${duration(ms)}</small></li>`,
  )}</ul>
<p class="dim">Time inside of the functions, summed over all partitions; stages overlap, and partitions run at once.</p>`;
}
