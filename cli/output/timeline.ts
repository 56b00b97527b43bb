/** Who did what when: lanes over one axis of time, as elements rather than a drawing, so that text keeps its size. */
import { duration } from './duration.ts';
import { html, type Markup } from './html.ts';
import type { ReportAttempt, ReportData, ReportHost } from './report-data.ts';

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly tone: 'plain' | 'good' | 'bad' | 'quiet';
}

interface Lane {
  readonly name: string;
  readonly bars: readonly Bar[];
  readonly note: string;
}

type Moments = Pick<ReportData, 'stays' | 'attempts' | 'hosts'>;

/** The first moment of the run, which every time of the report counts from. */
export const startOf = ({ stays, attempts, hosts }: Moments): number =>
  Math.min(...[...stays, ...attempts, ...hosts].map(({ from }) => from));

/** Phases, attempts and hosts from the first to the last moment of the run. */
export function timeline({ stays, attempts, hosts }: Moments): Markup {
  const bars = [...stays, ...attempts, ...hosts];
  const start = startOf({ stays, attempts, hosts });
  const end = Math.max(start + 1, ...bars.map(({ from, to }) => to ?? from));
  const scale = { start, span: end - start };
  const step = tickStep(scale.span);
  const lanes = (title: string, all: readonly Lane[]) =>
    all.length === 0 ? html`` : html`<h3>${title}</h3>${all.map((lane) => laneOf(lane, scale))}`;
  return html`<div class="timeline" style="--step:${percent(step / scale.span)}">
${lanes('Phases', phaseLanes(stays))}
${lanes('Attempts', attempts.map(attemptLane))}
${lanes(
  'Hosts',
  hosts.map((host) => hostLane(host, end)),
)}
${axis(step, scale.span)}
</div>`;
}

function phaseLanes(stays: ReportData['stays']): readonly Lane[] {
  const phases = [...new Set(stays.map(({ phase }) => phase))];
  return phases.map((name) => {
    const bars = stays
      .filter(({ phase }) => phase === name)
      .map(({ from, to }) => ({ from, to, tone: 'plain' as const }));
    return { name, bars, note: duration(bars.reduce((sum, { from, to }) => sum + to - from, 0)) };
  });
}

const TONES: Readonly<Record<ReportAttempt['state'], Bar['tone']>> = {
  succeeded: 'good',
  restarted: 'bad',
  failed: 'bad',
  cancelled: 'quiet',
  stopping: 'quiet',
  running: 'plain',
};

const attemptLane = ({ attempt, state, from, to }: ReportAttempt): Lane => ({
  name: `attempt ${attempt}`,
  bars: [{ from, to, tone: TONES[state] }],
  note: state,
});

const hostLane = ({ instanceId, from, to, replacedIn }: ReportHost, end: number): Lane => ({
  name: instanceId,
  bars: [{ from, to: to ?? end, tone: replacedIn === undefined ? 'quiet' : 'bad' }],
  note: replacedIn === undefined ? (to === undefined ? 'not released' : 'released') : 'replaced',
});

interface Scale {
  readonly start: number;
  readonly span: number;
}

function laneOf({ name, bars, note }: Lane, { start, span }: Scale): Markup {
  const drawn = bars.map(({ from, to, tone }) => {
    const title = `${duration(from - start)} to ${duration(to - start)}`;
    const place = `left:${percent((from - start) / span)};width:${percent((to - from) / span)}`;
    return html`<i class="${tone}" style="${place}" title="${title}"></i>`;
  });
  return html`<div class="lane"><span class="name">${name}</span><span class="track">${drawn}</span><span class="note">${note}</span></div>`;
}

function axis(step: number, span: number): Markup {
  const ticks = Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => i * step);
  const marks = ticks.map((ms) => html`<b style="${tickPlace(ms / span)}">${tickLabel(ms)}</b>`);
  return html`<div class="lane axis"><span class="name"></span><span class="track">${marks}</span><span class="note"></span></div>`;
}

/** From here on a label would not fit between its tick and the end. */
const NEAR_END = 0.9;

/** A label stands behind its tick, and near the end of the axis before it. */
const tickPlace = (share: number): string =>
  share > NEAR_END ? `right:${percent(1 - share)}` : `left:${percent(share)}`;

const STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200, 86_400];
const MOST_TICKS = 6;

/** Milliseconds between two ticks: a round number of seconds, minutes or hours. */
function tickStep(span: number): number {
  const step = STEPS_S.find((s) => span / (s * 1000) <= MOST_TICKS);
  return step === undefined ? Math.ceil(span / MOST_TICKS) : step * 1000;
}

function tickLabel(ms: number): string {
  if (ms >= 3_600_000) return `${Number((ms / 3_600_000).toFixed(1))} h`;
  return ms >= 60_000 ? `${Number((ms / 60_000).toFixed(1))} min` : `${Number((ms / 1000).toFixed(1))} s`;
}

const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
