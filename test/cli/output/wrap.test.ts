import fc from 'fast-check';
import { expect, it } from 'vitest';
import { labelled } from '../../../cli/output/labelled.ts';
import { textWidth, wrappedFor } from '../../../cli/output/wrap.ts';

const terminal = (columns: number) => ({ isTTY: true, columns });

it('breaks a line at words, and indents what is continued by two more', () => {
  expect(wrappedFor(terminal(60), `LS_X: ${'word '.repeat(16)}end`)).toEqual([
    `LS_X: ${'word '.repeat(10)}word`.trimEnd(),
    `  ${'word '.repeat(5)}end`,
  ]);
  expect(wrappedFor(terminal(40), '  3. g7e.12xlarge, on-demand, any zone of it')).toEqual([
    '  3. g7e.12xlarge, on-demand, any zone',
    '    of it',
  ]);
});

it('leaves a line alone where there is no terminal, or none so narrow', () => {
  const line = 'word '.repeat(30).trimEnd();
  expect(wrappedFor({ isTTY: false, columns: 60 }, line)).toEqual([line]);
  expect(wrappedFor(terminal(200), line)).toEqual([line]);
});

it('keeps a path in one piece, and a line of its own where it has one', () => {
  const path = `/${'folder/'.repeat(12)}file`;
  expect(wrappedFor(terminal(60), `report ${path} is there`)).toEqual(['report', `  ${path}`, '  is there']);
});

it('keeps every word, in order, and within the width wherever no word is longer', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abc.:/'), minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 40, max: 100 }),
      (words, columns) => {
        const lines = wrappedFor(terminal(columns), words.join(' '));
        expect(lines.join(' ').split(/\s+/).filter(Boolean)).toEqual(words);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

it('lays labelled rows out for the terminal, between 40 and 80 columns', () => {
  expect([20, 60, 200].map((columns) => textWidth(terminal(columns)))).toEqual([40, 60, 80]);
  expect(textWidth({ isTTY: false, columns: 60 })).toBe(80);
  const lines = labelled([['detail', 'word '.repeat(20).trimEnd()]], 60);
  expect(lines.every((line) => line.length <= 60)).toBe(true);
  expect(lines[1]).toMatch(/^ {11}word/);
});
