import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A file of the page, as it goes over the wire. */
export interface Asset {
  readonly type: string;
  readonly body: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

const FILES = [
  ...['index.html', 'app.js', 'chart.js', 'list.js', 'logs.js', 'metrics.js', 'run.js', 'text.js', 'style.css'],
] as const;

/** Every file of the page by its path, read once. The view library is served from its package: nothing is built. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  const own = FILES.map((name): [string, Asset] => [
    name === 'index.html' ? '/' : `/${name}`,
    asset(name, fileURLToPath(new URL(`./page/${name}`, import.meta.url))),
  ]);
  const library = fileURLToPath(import.meta.resolve('htm/preact/standalone'));
  return new Map([...own, ['/preact.js', asset('preact.js', library)]]);
}

const asset = (name: string, path: string): Asset => ({
  type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
  body: readFileSync(path),
});
