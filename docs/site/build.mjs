// Builds the site into docs/site/dist: `npm run docs:site`. Its packages are installed here and nowhere else, so that a clone
// without the site does not have them. What comes out is files alone, which any web server serves and which load nothing
// from elsewhere; `npm run docs:site -- --serve` does so on this machine.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SITE = dirname(fileURLToPath(import.meta.url));
const DOCS = dirname(SITE);
const PAGES = join(SITE, 'pages');
const OUT = join(SITE, 'dist');

const run = (program, ...args) => execFileSync(program, args, { cwd: SITE, stdio: 'inherit' });

/** Copied, because pages are compiled to scripts, which would look above them for the packages of the site. */
function copyPages() {
  rmSync(PAGES, { recursive: true, force: true });
  const pages = readdirSync(DOCS, { recursive: true }).filter((name) => /\.md$/.test(name) && !/^site\b/.test(name));
  for (const name of pages) cpSync(join(DOCS, name), join(PAGES, name), { recursive: true });
}

const FOREIGN =
  /<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?\/\/[^"]*"|@import\s+(?:url\()?["']?https?:|url\(["']?(?:https?:)?\/\//g;

/** Whoever reads the site tells nobody: a page or a style sheet that loads anything from elsewhere fails the build. */
function refuseForeign() {
  const files = readdirSync(OUT, { recursive: true }).filter((name) => /\.(?:html|css)$/.test(name));
  const found = files.flatMap((name) => {
    const matches = readFileSync(join(OUT, name), 'utf8').match(FOREIGN) ?? [];
    return matches.map((match) => `${name}: ${match}`);
  });
  if (files.length === 0) throw new Error(`expected pages in ${OUT}, found none`);
  if (found.length > 0) throw new Error(`pages load from elsewhere:\n${found.join('\n')}`);
}

run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
copyPages();
run('npx', 'vitepress', 'build');
refuseForeign();
if (process.argv.includes('--serve')) run('npx', 'vitepress', 'preview', '--host', '127.0.0.1');
