#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { runModule } from './with-node.mjs';

await runModule(fileURLToPath(new URL('main.js', import.meta.url)), process.argv.slice(2));
