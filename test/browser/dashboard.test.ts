import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runObjects } from '#core/objects/addresses.ts';
import { cancelRun } from '#flows/runs/cancel-run.ts';
import { resumeRun } from '#flows/runs/resume-run.ts';
import { loadAssets } from '../../cli/dashboard/assets.ts';
import { newFeed } from '../../cli/dashboard/feed.ts';
import { cloudLogs } from '../../cli/dashboard/logs.ts';
import { type Dashboard, startDashboard } from '../../cli/dashboard/server.ts';
import { resumedText } from '../../cli/output/resumed-text.ts';
import { chromiumPath, launchChromium } from './chromium.ts';
import { CONTRAST_MIN, contrasts } from './contrast.ts';
import { failedRun, inferringRun, memoryCloud, reportProgress, waitingRun } from './world.ts';

const RUN = 'digits-1';

if (chromiumPath === undefined)
  console.warn('skipped: no Chromium on this machine (set CHROMIUM, or install chromium)');

describe.skipIf(chromiumPath === undefined)('the dashboard in a browser', () => {
  let browser: Browser;
  let page: Page;
  let dashboard: Dashboard;
  let cloud: ReturnType<typeof memoryCloud>;
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  beforeEach(async () => {
    cloud = memoryCloud();
    await failedRun(cloud, 'digits-0');
    await waitingRun(cloud, RUN);
    await inferringRun(cloud, 'digits-2');
    const clouds = async () => [cloud];
    dashboard = await startDashboard({
      assets: loadAssets(),
      feed: newFeed({ clouds, kept: () => [] }),
      logs: cloudLogs(clouds),
      actions: {
        cancel: async (runId) =>
          (await cancelRun(cloud, runId, { by: 'a test' })) === undefined ? undefined : 'Cancelled.',
        resume: async (runId) => {
          const run = await resumeRun(cloud, runId);
          return run && resumedText(run);
        },
      },
      report: () => undefined,
      periodMs: 50,
    });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (message) => void (message.type() === 'error' && troubles.push(message.text())));
    page.on('pageerror', (error) => void troubles.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(dashboard.url).origin) && !request.url().startsWith('data:')) {
        troubles.push(`asked for ${request.url()}`);
      }
    });
    await page.goto(dashboard.url);
    await page.getByRole('link', { name: RUN }).waitFor();
  });
  afterEach(async () => {
    await page.close();
    await dashboard.close();
    expect(troubles.splice(0)).toEqual([]);
  });

  const open = (runId: string) => page.getByRole('link', { name: runId }).click();
  const text = () => page.locator('main').innerText();

  it('lists runs, the newest first, with their states, and keeps the token out of the address', async () => {
    const names = await page.locator('.item .name').allInnerTexts();
    expect(names).toEqual(['digits-2', 'digits-1', 'digits-0']);
    expect(await page.locator('.item .state').allInnerTexts()).toEqual(['running', 'running', 'failed']);
    expect(page.url()).not.toContain('token');
  });

  it('says who waits for whom, and where', async () => {
    await open(RUN);
    await expect.poll(text).toMatch(/barrier 3 at train\.py:41: waiting for ranks 1, 3; 2 ranks there/);
    expect(await text()).toMatch(
      /i-0aa\s+started\s+0, 1\s+0 1 2 3\s+Tesla T4, 16 GiB each\s+1\.5 of 48 processors, 2\.0 GiB; 0: 40 %, 3\.0 GiB; 1: 40 %, 3\.0 GiB\s+g4dn\.12xlarge, us-east-1a, on-demand/,
    );
  });

  it('grows with the run: progress, metrics and the end of a wait come by themselves', async () => {
    await open(RUN);
    await expect.poll(text).toContain('step 10 of 40');
    await reportProgress(cloud, RUN, 20, 0.4);
    await expect.poll(text).toContain('step 20 of 40');
    await expect.poll(() => page.locator('polyline').getAttribute('points')).toMatch(/^\S+ \S+$/);
    await page.getByLabel('Metric').selectOption('accuracy');
    await expect.poll(text).toContain('now 0.6');
    await cloud.barriers.arrive({ runId: RUN, attempt: 0, epoch: 3 }, [
      { rank: 1, kind: 'barrier', callSite: 'train.py:41' },
      { rank: 3, kind: 'barrier', callSite: 'train.py:41' },
    ]);
    await expect.poll(text).toContain('all ranks have come');
  });

  it('draws the metrics of several runs over each other', async () => {
    for (const [place, runId] of ['digits-7', 'digits-8'].entries()) {
      await waitingRun(cloud, runId);
      await reportProgress(cloud, runId, 20, 0.5 - place / 10);
    }
    await open(RUN);
    await expect.poll(() => page.locator('.chart .key').count()).toBe(1);
    await page.getByText('Other runs beside it').click();
    for (const runId of ['digits-7', 'digits-8']) await page.getByRole('checkbox', { name: runId }).check();
    await expect.poll(() => page.locator('.chart .key').allInnerTexts()).toEqual(['attempt 0', 'digits-7', 'digits-8']);
    const classes = await page
      .locator('.chart polyline')
      .evaluateAll((all) => all.map((one) => one.getAttribute('class')));
    expect(classes).toEqual(['series0', 'series1', 'series2']);
    await page.getByRole('checkbox', { name: 'digits-7' }).uncheck();
    await expect.poll(() => page.locator('.chart .key').allInnerTexts()).toEqual(['attempt 0', 'digits-8']);
  });

  it('shows logs of all ranks as text, one rank, and what a search finds', async () => {
    await open(RUN);
    const log = page.getByLabel('log lines');
    await expect.poll(() => log.innerText()).toContain('3 rank 3 ready');
    expect(await log.innerText()).toContain('<b>not markup</b>');
    await page.getByLabel('Search').fill('LOSS');
    await expect.poll(() => page.getByText('4 lines').isVisible()).toBe(true);
    await page.getByLabel('Rank').selectOption('2');
    await expect.poll(() => log.innerText()).toBe('2 epoch 1: loss 0.88\n');
  });

  it('shows partitions as they finish, with their skew', async () => {
    await open('digits-2');
    await expect.poll(text).toMatch(/3 of 8 partitions, 3,000 rows, 188 KiB; the slowest took 7\.5 times the median/);
    expect(await page.locator('.bars i').count()).toBe(3);
  });

  it('says why a run failed', async () => {
    await open('digits-0');
    await expect
      .poll(text)
      .toContain('LS_TASK_FAILED: attempt 0: rank 2 on i-0aa exited with code 1: ValueError: the label is 11');
  });

  it('cancels only when asked twice', async () => {
    await open('digits-2');
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    expect((await cloud.workflows.describe(cloud.workflows.executionId('inference', 'digits-2')))?.status).toBe(
      'running',
    );
    await page.getByRole('button', { name: 'Cancel it' }).click();
    await expect
      .poll(async () => (await cloud.workflows.describe(cloud.workflows.executionId('inference', 'digits-2')))?.status)
      .toBe('cancelled');
  });

  it('goes on with an inference run that failed, with what it has committed', async () => {
    await cloud.objects.put(runObjects({ bucket: cloud.bucket, runId: 'digits-2' }).job, Buffer.from('{}'));
    await open('digits-2');
    await expect.poll(text).toContain('3 of 8 partitions');
    expect(await page.getByRole('button', { name: 'Resume the run' }).count()).toBe(0);
    const failure = { code: 'LS_PARTITION_TIMEOUT', message: 'partition 4 was not done' };
    cloud.workflows.end(cloud.workflows.executionId('inference', 'digits-2'), { failure });
    await page.getByRole('button', { name: 'Resume the run' }).click();
    await page.getByRole('button', { name: 'Resume it' }).click();
    await expect.poll(text).toContain('running, ');
    expect(await page.getByRole('button', { name: 'Cancel the run' }).count()).toBe(1);
  });

  it('says why a run cannot go on', async () => {
    await open('digits-2');
    const failure = { code: 'LS_PARTITION_TIMEOUT', message: 'partition 4 was not done' };
    cloud.workflows.end(cloud.workflows.executionId('inference', 'digits-2'), { failure });
    await page.getByRole('button', { name: 'Resume the run' }).click();
    await page.getByRole('button', { name: 'Resume it' }).click();
    await expect.poll(text).toContain('job.json is missing');
    expect(troubles.splice(0)).toEqual([expect.stringContaining('409')]);
  });

  it('is worked by the keyboard alone', async () => {
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Skip to the run');
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab');
    expect(await page.evaluate("document.activeElement?.getAttribute('href')")).toBe(`#/run/${RUN}`);
    await page.keyboard.press('Enter');
    await expect.poll(text).toContain('train.py:41');
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)(
    'can be read in %s at %d pixels: contrast, and nothing to scroll sideways',
    async (colorScheme, width) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      const look = async (what: string) => {
        const [faintest] = await contrasts(page);
        expect(faintest?.ratio, `${what}: "${faintest?.text}"`).toBeGreaterThanOrEqual(CONTRAST_MIN);
        expect(await page.evaluate('document.documentElement.scrollWidth'), what).toBeLessThanOrEqual(width);
      };
      await look('list');
      for (const runId of [RUN, 'digits-2', 'digits-0']) {
        await open(runId);
        await expect.poll(text).toContain('Timeline');
        await look(runId);
        await page.goto(`${new URL(dashboard.url).origin}/#/`);
        await page.getByRole('link', { name: RUN }).waitFor();
      }
    },
  );
});
