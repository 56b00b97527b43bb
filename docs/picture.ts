/**
 * Makes docs/report.png, the picture of a report in the README: a training that loses a host on purpose. `node cli/with-node.mjs
 * docs/picture.ts`, where there is a Chromium.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from '../test/browser/chromium.ts';

const COMMAND = join(import.meta.dirname, '..', 'cli', 'lockstep.mjs');
const [WIDTH, MARGIN] = [900, 16];

const folder = mkdtempSync(join(tmpdir(), 'lockstep-picture-'));
try {
  const lockstep = (...args: readonly string[]) =>
    execFileSync(process.execPath, [COMMAND, ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  lockstep('init', 'train', '--python');
  const { report } = JSON.parse(lockstep('train', 'train.yaml', '--chaos', '--json')) as { readonly report: string };
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 }, colorScheme: 'light' });
  await page.goto(pathToFileURL(report).href);
  const attempts = await page
    .locator('section', { has: page.getByRole('heading', { name: 'Attempts', level: 2 }) })
    .boundingBox();
  const height = (attempts?.y ?? 0) + (attempts?.height ?? 0) + MARGIN;
  const path = join(import.meta.dirname, 'report.png');
  await page.screenshot({ path, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
  await browser.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
