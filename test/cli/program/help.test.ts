import type { Command } from 'commander';
import { expect, it } from 'vitest';
import { newProgram } from '../../../cli/program/program.ts';

/** The help of every command, at so many columns. */
function helps(columns: number): readonly string[] {
  const program = newProgram({ contextOf: () => undefined as never, done: () => {} });
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  return all(program).map((command) => {
    command.configureOutput({ getOutHelpWidth: () => columns });
    return command.helpInformation();
  });
}

it.each([60, 80])('help wraps at words: no line of any command is longer than %d columns', (columns) => {
  const lines = helps(columns).flatMap((help) => help.split('\n'));
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.filter((line) => line.length > columns)).toEqual([]);
});

it('help shows no default that says nothing', () => {
  expect(helps(80).filter((help) => /default: (?:\[\]|""|undefined)/.test(help))).toEqual([]);
});
