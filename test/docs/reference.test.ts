import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ERRORS } from '#core/errors.ts';
import { reference } from '../../docs/reference.ts';

describe('docs/', () => {
  const made = reference({
    page: (name) => readFileSync(`docs/${name}`, 'utf8'),
    source: (folder) => (name) => readFileSync(`${folder}/${name}`, 'utf8'),
  });
  it.each(Object.entries(made))('has a current %s (`npm run docs` writes it)', (name, content) => {
    expect(readFileSync(`docs/${name}`, 'utf8')).toBe(content);
  });

  it('lists every variable of ours that a command, an agent or the Python package reads', () => {
    const READ = /(?:env|environ(?:\.get)?)[.[(]+["']?(LOCKSTEP_\w+)/g;
    const sources = execFileSync('git', ['ls-files', 'cli', 'gpu-agent', 'python', 'infra/cache-folder.ts'], {
      encoding: 'utf8',
    });
    const read = sources
      .split('\n')
      .filter((file) => /\.(?:ts|mjs|py)$/.test(file))
      .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(READ)].map(([, name]) => name));
    expect(read).toContain('LOCKSTEP_HOME');
    const page = readFileSync('docs/reference/variables.md', 'utf8');
    expect([...new Set(read)].filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('lists every error once', () => {
    const page = readFileSync('docs/errors.md', 'utf8');
    for (const code of Object.keys(ERRORS)) expect(page.split(`### ${code}\n`)).toHaveLength(2);
  });

  it('has a schema that the examples point at', () => {
    for (const name of ['train', 'infer', 'pipeline']) {
      const text = readFileSync(`examples/digits/${name}.yaml`, 'utf8');
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../../docs/job.schema.json');
      expect(parse(text).kind).toBe(name);
    }
  });
});
