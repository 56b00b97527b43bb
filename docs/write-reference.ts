import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from './reference.ts';

const path = (name: string): string => join(import.meta.dirname, name);
const pages = reference((name) => readFileSync(path(name), 'utf8'));
for (const [name, content] of Object.entries(pages)) writeFileSync(path(name), content);
