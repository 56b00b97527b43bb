/** The site of the pages in a browser, as `npm run docs:site` has left it: files alone, on a server that does nothing else. */
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import sidebar from '../../docs/site/sidebar.json' with { type: 'json' };
import { chromiumPath, launchChromium } from './chromium.ts';

const SITE = resolve('docs/site/dist');
const isBuilt = existsSync(join(SITE, 'index.html'));
if (!isBuilt) console.warn('skipped: there is no site (`npm run docs:site` builds it)');

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

describe.skipIf(chromiumPath === undefined || !isBuilt)('the site in a browser', () => {
  let browser: Browser;
  let server: Server;
  let origin: string;
  const foreign: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site');
      const file = join(SITE, pathname === '/' ? 'index.html' : pathname);
      if (!existsSync(file)) return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
      response.end(readFileSync(file));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  async function open(path: string, width: number): Promise<Page> {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    const answer = await page.goto(`${origin}${path}`, { waitUntil: 'networkidle' });
    expect(answer?.status(), path).toBe(200);
    return page;
  }

  it('has every page at 390 pixels without scrolling sideways, and loads nothing from elsewhere', async () => {
    const links = Object.values(sidebar).flatMap((group) => Object.values(group));
    for (const link of links) {
      const page = await open(`${link}.html`, 390);
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect(beyond, link).toBeLessThanOrEqual(0);
      expect((await page.locator('h1').innerText()).length, link).toBeGreaterThan(0);
      await page.close();
    }
    expect(foreign).toEqual([]);
  }, 120_000);

  it('finds words, with the network off', async () => {
    const page = await open('/', 1280);
    await page.keyboard.press('Control+k');
    await page.locator('.VPLocalSearchBox input').fill('checkpoint');
    await page.locator('.VPLocalSearchBox .result').first().waitFor();
    expect(await page.locator('.VPLocalSearchBox .result').count()).toBeGreaterThan(3);
    await page.close();
  });
});
