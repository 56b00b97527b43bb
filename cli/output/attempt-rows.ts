import type { AttemptStory } from '#core/runs/attempts.ts';
import { counted } from './counted.ts';
import type { Row } from './labelled.ts';

/** A row an attempt: what became of it, and why. */
export const attemptRows = (history: readonly AttemptStory[]): readonly Row[] =>
  history.map((story): Row => [`attempt ${story.attempt}`, attemptText(story)]);

/** E.g. `restarted after 12 barriers: host i-1 was lost; charged to infrastructure, replaced i-1`. */
export function attemptText(story: AttemptStory): string {
  const { state, barriers, why } = story;
  const passed = barriers === 0 ? '' : ` after ${counted(barriers, 'barrier')}`;
  const consequences = consequencesOf(story);
  return `${state}${passed}${why === undefined ? '' : `: ${why}`}${consequences === '' ? '' : `; ${consequences}`}`;
}

/** What the end of an attempt led to, in words; empty for nothing. */
export function consequencesOf({ chargedTo, replaced }: AttemptStory): string {
  const charged = chargedTo === undefined ? [] : [`charged to ${chargedTo}`];
  return [...charged, ...(replaced.length === 0 ? [] : [`replaced ${replaced.join(', ')}`])].join(', ');
}
