import { describe, expect, it } from 'vitest';
import type { UsageLog } from '#core/resources/usage.ts';
import { escapeHtml, html } from '../../../cli/output/html.ts';
import { renderReport } from '../../../cli/output/report.ts';
import type { ReportAttempt, ReportData } from '../../../cli/output/report-data.ts';

const DATA: ReportData = {
  title: 'Training digits-1',
  runs: ['digits-1', 'digits-2'],
  ok: true,
  verdict: 'Succeeded.',
  facts: [['accuracy', '0.95']],
  stays: [
    { phase: 'stage', from: 1000, to: 2000, outcome: 'done' },
    { phase: 'train', from: 2000, to: 5000, outcome: 'done' },
  ],
  hosts: [
    { instanceId: 'i-1', kind: 'g5.xlarge, a, spot', from: 1500, to: 5200, replacedIn: 0 },
    { instanceId: 'i-2', kind: 'g5.xlarge, a, spot', from: 1600, to: undefined, replacedIn: undefined },
  ],
  attempts: [
    {
      ...{
        attempt: 0,
        state: 'restarted',
        why: 'host i-1 was lost',
        firstReport: 'rank 2 exited with code 1',
        rank: 2,
      },
      ...{ chargedTo: 'infrastructure', replaced: ['i-1'], barriers: 3, from: 2000, to: 4000 },
      logs: [{ label: 'rank 2', href: 'logs/0/2.log' }],
    },
    { attempt: 1, state: 'succeeded', replaced: [], barriers: 1, from: 4000, to: 5000, logs: [] },
  ],
  curves: [
    {
      metric: 'loss',
      attempt: 0,
      points: [
        [10, 2],
        [20, 1],
      ],
    },
    {
      metric: 'loss',
      attempt: 1,
      points: [
        [10, 2],
        [30, 0.5],
      ],
    },
    { metric: 'rate', attempt: 0, points: [[10, 900]] },
  ],
  usage: [0, 1].map((attempt) => ({
    ...{ version: 1 as const, attempt, instanceId: `i-${attempt + 1}`, processors: 4, memoryBytes: 8 * 2 ** 30 },
    samples: [2, 3, 4].map((seconds) => ({
      ...{ at: seconds * 1000, processors: seconds / 2, memoryBytes: seconds * 2 ** 29 },
      accelerators: [{ address: '0', busy: seconds / 8, memoryBytes: 2 ** 30 }],
    })),
  })),
  stages: [
    { name: 'read', ms: 30 },
    { name: 'run', ms: 90 },
  ],
  partitions: [
    { partition: 3, rows: 1_000, sizeBytes: 2_048, ms: 400, timesMedian: 4, modelShare: 0.75 },
    { partition: 1, rows: 1_000, sizeBytes: 2_048, ms: 100, timesMedian: 1, modelShare: 0.5 },
  ],
  labels: {
    labels: [
      ['setosa', 30],
      ['virginica', 10],
    ],
    others: 0,
  },
  ledger: { totalS: 100, byPhase: { acquire: 20, train: 80 }, lostS: 25 },
  identity: [['model', 's3://bucket/model.onnx']],
  jobs: ['kind: train\nname: digits\n'],
  links: [{ label: 'manifest of the model', href: 'manifest.json' }],
};

const NOTHING = {
  ...{ stays: [], attempts: [], hosts: [], curves: [], usage: [], stages: [], links: [] },
  ...{ partitions: [], identity: [], jobs: [], ledger: { totalS: 0, byPhase: {}, lostS: 0 } },
};
const { labels: _, ...UNLABELLED } = DATA;

describe('the report', () => {
  it('says of a host when it came and went as its bar does, from the first moment of the run on', () => {
    const report = renderReport(DATA);
    expect(report).toMatch(
      /data-label="Host">i-1<.*data-label="Leased">0\.50 s<.*data-label="Released">4\.20 s, replaced/,
    );
    expect(report).toContain('title="0.50 s to 4.20 s"');
  });

  it('draws what the tasks of each host used from the first moment of the run on', () => {
    const page = renderReport(DATA);
    expect(page).toContain('a host has 4 processors and 8.0 GiB');
    for (const measure of [
      'processors at work',
      'memory in GiB',
      'accelerators at work, on average',
      'memory of the accelerators in GiB',
    ]) {
      expect(page).toContain(`aria-label="${measure} over time"`);
    }
    // Two to four seconds of a run that began at one second: the axis is three seconds long.
    expect(page).toContain('<b>0.75 s</b><b>1.50 s</b><b>2.25 s</b><b>3.00 s</b>');
    expect(page).toContain('<polyline class="attempt1" points="333.3,150.0 666.7,75.0 1000.0,0.0"/>');
    const plain = DATA.usage.map((log) => ({
      ...log,
      samples: log.samples.map((one) => ({ ...one, accelerators: [] })),
    }));
    expect(renderReport({ ...DATA, usage: plain })).not.toContain('accelerators at work');
  });

  it('says how many hosts it does not draw', () => {
    const [first] = DATA.usage;
    const usage = Array.from({ length: 11 }, (_, i) => ({ ...(first as UsageLog), instanceId: `i-${i}` }));
    expect(renderReport({ ...DATA, usage })).toContain('Not drawn: 3 hosts more.');
  });

  it('holds the last words of the rank at fault, as text', () => {
    const [first, ...others] = DATA.attempts;
    const attempts = [{ ...(first as ReportAttempt), lastWords: 'Traceback:\nValueError: <b>11</b>' }, ...others];
    const page = renderReport({ ...DATA, attempts });
    expect(page).toContain('The end of the log of rank 2');
    expect(page).toContain('ValueError: &lt;b&gt;11&lt;/b&gt;');
    expect(renderReport(DATA)).not.toContain('The end of the log');
  });

  it('shows phases, hosts, a chart for every metric and links', () => {
    const page = renderReport({ ...DATA, usage: [] });
    for (const text of [
      'accuracy',
      '1.00 s',
      '3.00 s',
      'i-1',
      'not released',
      'attempt 1, steps 10 to 30',
      'href="manifest.json"',
    ]) {
      expect(page).toContain(text);
    }
    expect(page.match(/<polyline/g)).toHaveLength(3);
    for (const metric of ['loss', 'rate']) expect(page).toContain(`aria-label="${metric} over steps"`);
  });

  it('tells of each attempt why it ended, what that led to, and where the log of the rank at fault is', () => {
    const page = renderReport(DATA);
    for (const text of [
      'host i-1 was lost',
      'first report: rank 2 exited with code 1',
      'charged to infrastructure, replaced i-1',
      '<a href="logs/0/2.log" class="fault">rank 2</a>',
      '2.00 s, 3 barriers passed',
      'replaced after attempt 0',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('shows how evenly partitions took their time, and how much of it was the model', () => {
    const page = renderReport(DATA);
    expect(page).toContain('The slowest took 4.0 times the median.');
    expect(page).toMatch(/data-label="Partition">3<.*data-label="Rows a second">2,500<.*data-label="Model">75 %</);
    const many = Array.from({ length: 60 }, () => DATA.partitions[1] as ReportData['partitions'][number]);
    expect(renderReport({ ...DATA, partitions: many })).toContain('and 10 partitions that took less time');
  });

  it('shows how often each label was predicted', () => {
    const page = renderReport({
      ...DATA,
      labels: {
        labels: [
          ['setosa', 30],
          ['virginica', 15],
        ],
        others: 15,
      },
    });
    expect(page).toMatch(/setosa<.*30, 50 %<[\s\S]*virginica<.*15, 25 %<[\s\S]*others<.*15, 25 %</);
  });

  it('says where the time of hosts went, and how much of it came to nothing', () => {
    const page = renderReport(DATA);
    expect(page).toMatch(/data-label="Phase">train<.*data-label="Share">80 %</);
    expect(page).toContain('25.0 s of it (25 %) went into attempts that did not come to the result');
  });

  it('holds the job and what it read', () => {
    const page = renderReport(DATA);
    expect(page).toContain('<pre>kind: train');
    expect(page).toContain('<dd>s3://bucket/model.onnx</dd>');
  });

  it('shows the times of the stages as shares of their sum', () => {
    expect(renderReport(DATA)).toMatch(/read <b>25 %<\/b>[\s\S]*run <b>75 %<\/b>/);
  });

  it('puts everything of the timeline on one axis, whose ticks are round', () => {
    const page = renderReport(DATA);
    // From 1 s to 5.2 s: the train phase begins after 1 s of 4.2 s, and lasts for 3 s of them.
    expect(page).toContain('style="left:23.81%;width:71.43%"');
    expect([...page.matchAll(/<b style="(?:left|right):[\d.]+%">([^<]+)<\/b>/g)].map(([, label]) => label)).toEqual([
      ...['0 s', '1 s', '2 s', '3 s', '4 s'],
    ]);
  });

  it('draws curves of values that are odd: below zero, not finite, a single one', () => {
    const curve = (values: readonly number[]) => ({
      ...{ metric: 'loss', attempt: 0, points: values.map((value, i) => [i, value] as const) },
    });
    expect(renderReport({ ...DATA, curves: [curve([-3, -1])] })).toContain('>-3</b>');
    for (const values of [[0], [0, 0], [Number.NaN, 1], [1, Number.POSITIVE_INFINITY]]) {
      const page = renderReport({ ...DATA, curves: [curve(values)] });
      expect(page).not.toMatch(/NaN|Infinity/);
      expect(page).toContain('<polyline');
    }
  });

  it('needs nothing but itself: no script, no address', () => {
    expect(renderReport(DATA)).not.toMatch(/<script|src=|https?:\/\/|@import|url\(/);
  });

  it('is for light, dark and print', () => {
    expect(renderReport(DATA)).toMatch(/prefers-color-scheme: dark[\s\S]*@media print/);
  });

  it('leaves out sections that have nothing to show', () => {
    const page = renderReport({ ...UNLABELLED, ...NOTHING });
    expect(page).not.toContain('<section>');
  });

  it.each([
    ['title', { title: '<img src=x onerror=alert(1)>' }],
    ['verdict', { verdict: '</p><script>alert(1)</script>' }],
    ['fact', { facts: [['<b>', '"&\'']] }],
    ['phase', { stays: [{ phase: '<i>', from: 0, to: 1 }] }],
    ['host', { hosts: [{ instanceId: '<u>', kind: '<u>', from: 0, to: 1, replacedIn: undefined }] }],
    ['run', { runs: ['<q>'] }],
    [
      'attempt',
      { attempts: DATA.attempts.map((story) => ({ ...story, why: '<s>', firstReport: '<s>', replaced: ['<s>'] })) },
    ],
    ['log', { attempts: DATA.attempts.map((story) => ({ ...story, logs: [{ label: '<s>', href: '" onclick="x' }] })) }],
    ['stage', { stages: [{ name: '"><s>', ms: 1 }] }],
    ['metric', { curves: [{ metric: '"><s>', attempt: 0, points: [[1, 1]] }] }],
    ['label', { labels: { labels: [['"><s>', 1]], others: 0 } }],
    ['identity', { identity: [['<s>', '<s>']] }],
    ['job', { jobs: ['</pre><s>'] }],
    ['ledger', { ledger: { totalS: 1, byPhase: { '<s>': 1 }, lostS: 0 } }],
    ['link', { links: [{ label: '<a>', href: '" onclick="alert(1)' }] }],
  ] as [string, Partial<ReportData>][])('shows text of others as text: a %s', (_what, change) => {
    const plain = renderReport({ ...UNLABELLED, ...NOTHING, facts: [] });
    const page = renderReport({ ...DATA, ...change });
    const tags = (text: string) => new Set([...text.matchAll(/<(\w+)/g)].map(([, tag]) => tag));
    const known = new Set([...tags(plain), ...tags(renderReport(DATA))]);
    expect([...tags(page)].filter((tag) => !known.has(tag))).toEqual([]);
    expect(page).not.toMatch(/onerror=alert\(1\)>|" onclick="/);
  });
});

describe('html', () => {
  it('escapes values and keeps markup', () => {
    expect(html`<p>${'a<b'}${html`<i>${1}</i>`}${[html`<b/>`, html`<b/>`]}</p>`.markup).toBe(
      '<p>a&lt;b<i>1</i><b/><b/></p>',
    );
    expect(escapeHtml(`<&>"'`)).toBe('&lt;&amp;&gt;&quot;&#39;');
  });
});
