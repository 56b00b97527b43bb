import { describe, expect, it } from 'vitest';
import { elements } from '../../../localstack/emulators/query-call.ts';
import { Report } from '../../../localstack/emulators/report.ts';

describe('the report of an emulator run', () => {
  it('counts parts, and what parts counted, and ends with one line for machines', async () => {
    const lines: string[] = [];
    const report = new Report((line) => void lines.push(line));
    expect(await report.part('deploy', async () => undefined)).toBe(true);
    expect(await report.part('suites', async () => ({ passed: 7, failed: 1, skipped: 2 }))).toBe(false);
    const failing = async () => {
      throw new Error('no hosts\nat all');
    };
    expect(await report.part('train', failing)).toBe(false);
    await report.part('start', async () => ({ passed: 0, failed: 0, skipped: 0 }));
    report.skip('rights', 'no IAM is evaluated');
    report.close();
    expect(report.counts).toEqual({ passed: 8, failed: 2, skipped: 3 });
    expect(lines.map((line) => line.replace(/\d+\.\d/, 'N'))).toEqual([
      'ok         N s deploy',
      'FAILED     N s suites',
      'FAILED     N s train',
      '    no hosts\n    at all',
      'skipped         rights: no IAM is evaluated',
      '\n8 passed, 2 failed, 3 skipped',
    ]);
  });
});

describe('the XML of an emulator', () => {
  it('gives the texts of its elements, with entities resolved', () => {
    const xml = '<a><Name>one</Name><Name>{&quot;k&quot;:&quot;a &amp;amp; b&quot;}</Name><NameX>no</NameX></a>';
    expect(elements(xml, 'Name')).toEqual(['one', '{"k":"a &amp; b"}']);
    expect(elements(xml, 'Other')).toEqual([]);
  });
});
