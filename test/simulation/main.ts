/** `npm run simulate -- --seed N [--seeds M] [--hosts H]`: one seed with its transcript, or M of them from N on. */
import { parseArgs } from 'node:util';
import { simulate } from './simulate.ts';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, seeds: { type: 'string' }, hosts: { type: 'string' } },
});
const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 1_000 : 1));
const options = values.hosts === undefined ? {} : { hosts: Number(values.hosts) };
const phases: Record<string, number> = {};

for (let seed = first; seed < first + count; seed++) {
  const result = await simulate(seed, options);
  phases[result.phase ?? 'none'] = (phases[result.phase ?? 'none'] ?? 0) + 1;
  const isBad = result.breaches.length > 0;
  if (isBad || count === 1) console.log(result.transcript.join('\n'));
  if (!isBad) continue;
  for (const breach of result.breaches) console.log(`BREACH ${breach}`);
  console.log(
    `\nReproduce with: npm run simulate -- --seed ${seed}${values.hosts === undefined ? '' : ` --hosts ${values.hosts}`}`,
  );
  process.exit(1);
}
console.log(`${count} seeds from ${first} held every invariant: ${JSON.stringify(phases)}`);
