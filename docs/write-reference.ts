import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from './reference.ts';

const path = (name: string): string => join(import.meta.dirname, name);
const read = (name: string): string => readFileSync(path(name), 'utf8');
const pages = reference({ page: read, source: (folder) => (name) => read(join('..', folder, name)) });
for (const [name, content] of Object.entries(pages)) writeFileSync(path(name), content);
