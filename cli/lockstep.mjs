#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { runTypeScript } from './with-node.mjs';

await runTypeScript(fileURLToPath(new URL('main.ts', import.meta.url)), process.argv.slice(2));
