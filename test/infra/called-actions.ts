/** Which IAM actions a program needs, by the port methods that its sources call. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { PORT_CALLS } from './port-calls.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Actions of the port methods that the sources below `entry` call, as `port.method(`. */
export function actionsOf(entry: string): readonly string[] {
  const code = sourcesOf(entry)
    .map((file) => readFileSync(`${ROOT}/${file}`, 'utf8'))
    .join('\n');
  return Object.entries(PORT_CALLS).flatMap(([port, methods]) =>
    Object.entries(methods).flatMap(([method, actions]) =>
      new RegExp(`\\b${port}\\.${method}\\(`).test(code) ? actions : [],
    ),
  );
}

/** The entry and what it decides with; what implements the ports is not a use of them. */
function sourcesOf(entry: string): readonly string[] {
  const { metafile } = buildSync({
    ...{ absWorkingDir: ROOT, entryPoints: [entry], bundle: true, write: false, metafile: true },
    ...{ platform: 'node', format: 'esm', packages: 'external', outdir: 'unused' },
  });
  return Object.keys(metafile.inputs).filter((file) => !IMPLEMENTS.test(file));
}

const IMPLEMENTS = /^(adapters\/(aws|memory)|localstack|cli\/cloud)\//;
