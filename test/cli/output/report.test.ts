import { describe, expect, it } from 'vitest';
import { escapeHtml, html } from '../../../cli/output/html.ts';
import { renderReport } from '../../../cli/output/report.ts';
import type { ReportData } from '../../../cli/output/report-data.ts';

const DATA: ReportData = {
  title: 'Training run digits-1',
  ok: true,
  verdict: 'Succeeded.',
  facts: [['accuracy', '0.95']],
  stays: [
    { phase: 'stage', from: 1000, to: 2000 },
    { phase: 'train', from: 2000, to: 5000 },
  ],
  hosts: [
    { instanceId: 'i-1', kind: 'g5.xlarge, a, spot', from: 1500, to: 5200 },
    { instanceId: 'i-2', kind: 'g5.xlarge, a, spot', from: 1600, to: undefined },
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
  links: [{ label: 'logs/0/0.log', href: 'logs/0/0.log' }],
};

describe('the report', () => {
  it('shows phases, hosts, curves of one metric and links', () => {
    const page = renderReport(DATA);
    for (const text of [
      'accuracy',
      '1.00 s',
      '3.00 s',
      'i-1',
      'not released',
      'loss over steps, 2 attempts',
      'href="logs/0/0.log"',
    ]) {
      expect(page).toContain(text);
    }
    expect(page.match(/<polyline/g)).toHaveLength(2);
    expect(page).not.toContain('900');
  });

  it('needs nothing but itself: no script, no address', () => {
    expect(renderReport(DATA)).not.toMatch(/<script|src=|https?:\/\/|@import|url\(/);
  });

  it('is for light, dark and print', () => {
    expect(renderReport(DATA)).toMatch(/prefers-color-scheme: dark[\s\S]*@media print/);
  });

  it('leaves out sections that have nothing to show', () => {
    const page = renderReport({ ...DATA, stays: [], hosts: [], curves: [], links: [] });
    expect(page).not.toContain('<section>');
  });

  it.each([
    ['title', { title: '<img src=x onerror=alert(1)>' }],
    ['verdict', { verdict: '</p><script>alert(1)</script>' }],
    ['fact', { facts: [['<b>', '"&\'']] }],
    ['phase', { stays: [{ phase: '<i>', from: 0, to: 1 }] }],
    ['host', { hosts: [{ instanceId: '<u>', kind: '<u>', from: 0, to: 1 }] }],
    ['metric', { curves: [{ metric: '"><s>', attempt: 0, points: [[1, 1]] }] }],
    ['link', { links: [{ label: '<a>', href: '" onclick="alert(1)' }] }],
  ] as [string, Partial<ReportData>][])('shows text of others as text: a %s', (_what, change) => {
    const plain = renderReport({ ...DATA, stays: [], hosts: [], curves: [], links: [], facts: [] });
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
