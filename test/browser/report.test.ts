/** The report in a real browser, with ids as long as they are: it can be read on a telephone, light and dark. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderReport } from '../../cli/output/report.ts';
import type { ReportData } from '../../cli/output/report-data.ts';
import { chromiumPath, launchChromium } from './chromium.ts';
import { CONTRAST_MIN, contrasts } from './contrast.ts';

const RUN = `a-job-with-a-name-of-forty-characters-here-${'0mwvuj70009a967a40498051b'}`;
const HOST = 'i-0123456789abcdef0';
const DATA: ReportData = {
  title: `Training ${RUN}`,
  runs: [RUN, RUN.replaceAll('a', 'b')],
  ok: false,
  verdict: `LS_TASK_FAILED: ${'/a/path/without/a/blank'.repeat(6)}\nRead the log of the rank that the verdict names.`,
  facts: [
    ['accuracy', '0.95'],
    ['rows predicted', '1,234,567,890,123'],
  ],
  stays: [
    { phase: 'stage', from: 1_000, to: 2_000, outcome: 'done' },
    { phase: 'train', from: 2_000, to: 9_000, outcome: 'failed' },
  ],
  attempts: [
    {
      ...{ attempt: 0, state: 'failed', why: `host ${HOST} was lost`, rank: 3, chargedTo: 'infrastructure' },
      ...{ replaced: [HOST, HOST], barriers: 2, from: 2_000, to: 9_000 },
      logs: [{ label: 'rank 3', href: 'logs/0/3.log' }],
    },
  ],
  hosts: [{ instanceId: HOST, kind: 'g7e.12xlarge, us-east-1a, on-demand', from: 1_500, to: 9_000, replacedIn: 0 }],
  curves: [
    {
      metric: 'a.metric.with.a.very.long.name/of/a/part',
      attempt: 0,
      points: [
        [10, 2],
        [20, 1],
      ],
    },
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
  partitions: [{ partition: 1_000, rows: 9_999_999, sizeBytes: 1e9, ms: 1e6, timesMedian: 12.3, modelShare: 0.5 }],
  labels: { labels: [['a-label-that-is-longer-than-anybody-would-want'.repeat(2), 30]], others: 1_000_000 },
  ledger: { totalS: 100_000, byPhase: { acquire: 20_000, train: 80_000 }, lostS: 25_000 },
  identity: [['model', `s3://a-bucket/runs/${RUN}/model.onnx\n1.0 MiB, sha256 ${'0123456789abcdef'.repeat(4)}`]],
  jobs: [`kind: train\nname: a\ntask:\n  command:\n    - ${'/a/path/without/a/blank'.repeat(6)}\n`],
  links: [{ label: `manifest of ${RUN}`, href: 'manifest.json' }],
};

describe.skipIf(chromiumPath === undefined)('the report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-report-'));
  const file = join(folder, 'report.html');
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    writeFileSync(file, renderReport(DATA));
    browser = await launchChromium();
    page = await browser.newPage();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'can be read in %s at %d pixels: contrast, and nothing to scroll sideways',
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await page.goto(pathToFileURL(file).href);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      const [faintest] = await contrasts(page);
      expect(faintest?.ratio, faintest?.text).toBeGreaterThanOrEqual(CONTRAST_MIN);
    },
    60_000,
  );
});
