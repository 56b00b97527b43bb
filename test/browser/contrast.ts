import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';

/** A piece of text and how it stands out against what lies behind it: 1 (not at all) to 21. */
export interface Contrast {
  readonly text: string;
  readonly ratio: number;
}

/** The least contrast of text, WCAG 2.1 AA. */
export const CONTRAST_MIN = 4.5;

const SCRIPT = readFileSync(new URL('./contrast.page.js', import.meta.url), 'utf8');

/** Every visible text of the page; the faintest first. */
export async function contrasts(page: Page): Promise<readonly Contrast[]> {
  const found = await page.evaluate<readonly Contrast[]>(SCRIPT);
  return found.toSorted((a, b) => a.ratio - b.ratio);
}
