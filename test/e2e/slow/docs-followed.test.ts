/** Pages that say what to type are followed, block by block, in an empty folder; what they show is what is printed. */
import { afterAll, describe, expect, it } from 'vitest';
import { type Fence, fencesOf, pages, placeOf } from '../../docs/blocks/fences.ts';
import { newReader, notPrinted, type Ran } from '../../docs/blocks/run-page.ts';
import { hasPython } from '../../python/python.ts';

const isFollowed = ({ words }: Fence) => words.includes('run') || words.some((word) => word.startsWith('file='));
const isShown = ({ language, words }: Fence) => language === 'text' && words.includes('out');
const followed = pages().filter((file) => fencesOf(file).some(isFollowed));

describe('pages that are followed', () => {
  it('are the tutorials, the first screen and what hangs', () => {
    expect(followed.toSorted()).toEqual([
      'README.md',
      'docs/how-to/hang.md',
      ...['infer', 'notebook', 'stream', 'train'].map((name) => `docs/tutorials/${name}.md`),
    ]);
  });

  it('show output only where something was run', () => {
    const lonely = pages().flatMap((file) => {
      const fences = fencesOf(file);
      return fences.filter((fence, i) => isShown(fence) && !fences[i - 1]?.words.includes('run')).map(placeOf);
    });
    expect(lonely).toEqual([]);
  });

  describe.each(followed)('%s', (file) => {
    const fences = fencesOf(file).filter((fence) => isFollowed(fence) || isShown(fence));
    const needsPython = !['docs/tutorials/infer.md', 'docs/tutorials/stream.md'].includes(file);
    const reader = newReader();
    afterAll(() => reader.close());
    it.runIf(hasPython || !needsPython)('does what it says', { timeout: 300_000 }, () => {
      let last: Ran | undefined;
      for (const fence of fences) {
        if (isShown(fence)) {
          expect(notPrinted(last as Ran, fence), last?.output).toEqual([]);
          continue;
        }
        last = reader.follow(fence);
        expect(last.status === 0, `${placeOf(fence)}: ${last.status}\n${last.output}`).toBe(
          !fence.words.includes('fails'),
        );
      }
      expect(last).toBeDefined();
    });
  });
});
