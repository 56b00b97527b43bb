import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { ERRORS } from '#core/errors.ts';
import { reference } from '../../docs/reference.ts';

describe('docs/', () => {
  it.each(Object.entries(reference((name) => readFileSync(`docs/${name}`, 'utf8'))))(
    'has a current %s (`npm run docs` writes it)',
    (name, content) => {
      expect(readFileSync(`docs/${name}`, 'utf8')).toBe(content);
    },
  );

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
