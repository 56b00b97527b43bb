/**
 * Every port of core has a twin in memory, an implementation that touches the world, and one suite that both pass. Ports
 * are the interfaces of `core/<domain>/ports.ts` that have a method; the others there are what their methods speak of.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

type Sources = ReadonlyMap<string, string>;

const read = (folder: string, isWanted: (file: string) => boolean): Sources =>
  new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && isWanted(file))
      .map((file) => [join(folder, file), readFileSync(join(folder, file), 'utf8')]),
  );

/** Names of the interfaces with a method. */
function portsIn(source: string): readonly string[] {
  return [...source.matchAll(/export interface (\w+) \{\n(.*?)\n\}/gs)]
    .filter(([, , body = '']) => /^ {2}\w+\(/m.test(body))
    .map(([, name = '']) => name);
}

const namesType = (source: string, type: string) =>
  new RegExp(`import (type )?\\{[^}]*\\b${type}\\b[^}]*\\} from '#core/[^']*ports.ts'`).test(source);
const filesThatName = (sources: Sources, type: string) =>
  [...sources].filter(([, source]) => namesType(source, type)).map(([file]) => file);
/** True if the test imports one of these files by its name. */
const uses = (test: string, files: readonly string[]) => files.some((file) => test.includes(`/${basename(file)}'`));

/** What a port lacks, in words. */
function lacks(port: string, adapters: Sources, suites: Sources): readonly string[] {
  const twins = filesThatName(adapters, port).filter((file) => file.includes('/memory/'));
  const real = filesThatName(adapters, port).filter((file) => !file.includes('/memory/'));
  const contracts = filesThatName(suites, port).filter((file) => file.endsWith('-contract.ts'));
  const held = [...suites].filter(
    ([file, test]) => file.endsWith('.test.ts') && uses(test, twins) && uses(test, real) && uses(test, contracts),
  );
  return [
    ...(twins.length === 0 ? [`${port} has no twin in adapters/memory`] : []),
    ...(real.length === 0 ? [`${port} has no adapter`] : []),
    ...(contracts.length === 0 ? [`${port} has no test/contract/*-contract.ts`] : []),
    ...(held.length === 0 ? [`${port}: no test/contract/*.test.ts holds twin and adapter to the suite`] : []),
  ];
}

describe('the ports of core', () => {
  const sources = read('core', (file) => basename(file) === 'ports.ts');
  const ports = [...sources.values()].flatMap(portsIn);
  const adapters = read('adapters', () => true);
  const suites = read('test/contract', () => true);

  it('are found', () => {
    expect(ports).toEqual(expect.arrayContaining(['Clock', 'Objects', 'Journal', 'Workflows', 'Fleet', 'Warehouse']));
    expect(ports).not.toContain('ObjectHead');
  });

  it.each(ports)('%s has its twin in memory, and one suite that both pass', (port) => {
    expect(lacks(port, adapters, suites)).toEqual([]);
  });

  it('would be missed: one without anything, and one whose twin no suite looks at', () => {
    const core = 'export interface New {\n  ask(): void;\n}\nexport interface Answer {\n  readonly a: number;\n}';
    expect(portsIn(core)).toEqual(['New']);
    expect(lacks('New', adapters, suites)).toHaveLength(4);
    const source = "import type { New } from '#core/x/ports.ts';";
    const both = new Map([
      ['adapters/memory/memory-new.ts', source],
      ['adapters/aws/new.ts', source],
    ]);
    const suite = new Map([
      ['test/contract/new-contract.ts', source],
      ['test/contract/new.test.ts', "from '#adapters/aws/new.ts'; from './new-contract.ts'"],
    ]);
    expect(lacks('New', both, suite)).toEqual([expect.stringContaining('no test/contract/*.test.ts holds twin')]);
  });
});
