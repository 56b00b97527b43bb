import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reference } from './reference.ts';

for (const [name, content] of Object.entries(reference())) writeFileSync(join(import.meta.dirname, name), content);
