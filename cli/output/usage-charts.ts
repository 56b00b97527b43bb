import type { UsageLog, UsageSample } from '#core/resources/usage.ts';
import { showBytes } from './bytes.ts';
import { counted } from './counted.ts';
import { duration } from './duration.ts';
import { html, type Markup } from './html.ts';
import { type Line, legend, lineChart } from './line-chart.ts';

/** Lines that can still be told apart. */
const HOSTS_SHOWN = 8;

interface Measure {
  readonly name: string;
  readonly of: (sample: UsageSample) => number;
  readonly value?: (y: number) => string;
}

const GIB = 2 ** 30;
const percent = (share: number): string => `${Math.round(share * 100)} %`;

const MEASURES: readonly Measure[] = [
  { name: 'processors at work', of: ({ processors }) => processors },
  { name: 'memory in GiB', of: ({ memoryBytes }) => memoryBytes / GIB },
];
const OF_ACCELERATORS: readonly Measure[] = [
  {
    name: 'accelerators at work, on average',
    of: ({ accelerators }) => meanOf(accelerators.map(({ busy }) => busy)),
    value: percent,
  },
  {
    name: 'memory of the accelerators in GiB',
    of: ({ accelerators }) => accelerators.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0) / GIB,
  },
];

/** What the tasks of each host used over the time of the run, which began at `start`. */
export function usageCharts(logs: readonly UsageLog[], start: number): Markup {
  const hosts = [...new Set(logs.map(({ instanceId }) => instanceId))];
  const shown = hosts.slice(0, HOSTS_SHOWN);
  const some = logs.filter(({ instanceId }) => shown.includes(instanceId));
  const hasAccelerators = some.some(({ samples }) => samples.some(({ accelerators }) => accelerators.length > 0));
  const measures = [...MEASURES, ...(hasAccelerators ? OF_ACCELERATORS : [])];
  const left = hosts.length - shown.length;
  const [{ processors, memoryBytes } = { processors: 0, memoryBytes: 0 }] = logs;
  return html`<p class="dim">Of all processes of a host's tasks together; a host has ${counted(processors, 'processor')} and ${showBytes(memoryBytes)}.${left > 0 ? ` Not drawn: ${counted(left, 'host')} more.` : ''}</p>
<div class="charts">${measures.map((measure) => chart(measure, { logs: some, hosts: shown, start }))}</div>`;
}

interface Drawn {
  readonly logs: readonly UsageLog[];
  readonly hosts: readonly string[];
  readonly start: number;
}

/** A line for each host and attempt: between attempts nothing runs. */
function chart({ name, of, value }: Measure, { logs, hosts, start }: Drawn): Markup {
  const lines = logs.map(
    ({ instanceId, samples }): Line => ({
      series: hosts.indexOf(instanceId),
      points: samples.map((sample) => [sample.at - start, of(sample)]),
    }),
  );
  return lineChart({
    ...{ label: `${name} over time`, lines, along: duration, ...(value && { value }) },
    caption: html`${name}: ${hosts.map((host, i) => legend(i, host))}`,
  });
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length;
