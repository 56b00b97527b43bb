import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { openScreen } from '../../../cli/output/screen.ts';

/** A stream that says it is a terminal of 80 columns, and keeps what is written to it. */
function terminal() {
  let written = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const tty = Object.assign(stream, { isTTY: true, columns: 80, cursorTo: () => true, clearLine: () => true });
  return { screen: openScreen(tty as unknown as NodeJS.WriteStream), written: () => written };
}

const HIDE = '\x1b[?25l';
const SHOW = '\x1b[?25h';
const WRAP = '\x1b[?7h';
const NO_WRAP = '\x1b[?7l';
const KEEP_PLACE = '\x1b7';
/** The lines that stay: what was written after the last time that each was cleared. */
const lines = (written: string) =>
  written.split('\n').map((line) => stripVTControlCharacters(line.split('\r\x1b[K').at(-1) ?? '').trimEnd());

describe('progress on a terminal', () => {
  it('is a line a phase that says how it ended', () => {
    const { screen, written } = terminal();
    screen.phase('stage');
    screen.phase('train');
    screen.fail();
    screen.phase('stop');
    screen.end();
    expect(lines(written())).toEqual([
      expect.stringMatching(/^ {2}✓ stage {4}0\.0 s$/),
      expect.stringMatching(/^ {2}✗ train {4}0\.0 s$/),
      expect.stringMatching(/^ {2}✓ stop {5}0\.0 s$/),
      '',
    ]);
  });

  it('gives the cursor back however a phase with a bar ends', () => {
    for (const how of ['end', 'fail'] as const) {
      const { screen, written } = terminal();
      screen.phase('train');
      screen.progress(0.5, 'step 280 of 560');
      expect(written().lastIndexOf(HIDE)).toBeGreaterThan(written().lastIndexOf(SHOW));
      screen[how]();
      expect(written().lastIndexOf(SHOW)).toBeGreaterThan(written().lastIndexOf(HIDE));
    }
  });

  it('keeps a line that is said, and the phase or its bar below it', () => {
    const { screen, written } = terminal();
    screen.phase('train');
    screen.say('first');
    expect(stripVTControlCharacters(written())).toMatch(/first\n {2}train …$/);
    screen.progress(0.5, 'step 280 of 560');
    screen.say('second');
    const [before = '', after = ''] = written().split('second\n');
    expect(stripVTControlCharacters(after)).toMatch(/train .*50% step 280 of 560/);
    // A terminal that wraps no line would cut a long one off, and one that goes back to a place it kept would overwrite it.
    expect(before.lastIndexOf(WRAP)).toBeGreaterThan(before.lastIndexOf(NO_WRAP));
    expect(after).toContain(KEEP_PLACE);
    screen.end();
  });
});
