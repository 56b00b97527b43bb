/** The pages of docs/ as a site. Each of them is a page of the repository first: nothing here is needed to read them. */

import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { keepInside } from '../keep-inside.mjs';

/** Heading → page → address; a test holds that every page of docs/ stands there once. */
const groups = JSON.parse(readFileSync(new URL('../sidebar.json', import.meta.url), 'utf8'));
const links = (all) => Object.entries(all).map(([text, link]) => ({ text, link }));
const sidebar = Object.entries(groups).map(([text, items]) => ({ text, items: links(items) }));

export default defineConfig({
  title: 'Lockstep',
  description: 'Gang-scheduled GPU training and Arrow inference, with nothing to keep running.',
  srcDir: 'pages',
  outDir: 'dist',
  cleanUrls: false,
  lastUpdated: false,
  markdown: { config: keepInside, theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' } },
  themeConfig: {
    sidebar,
    outline: [2, 3],
    search: { provider: 'local' },
    nav: [
      { text: 'Tutorial', link: '/tutorials/train' },
      { text: 'Commands', link: '/cli' },
      { text: 'Errors', link: '/errors' },
    ],
  },
  vite: { build: { chunkSizeWarningLimit: 2_000 } },
});
