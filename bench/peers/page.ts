import { cpus, totalmem } from 'node:os';
import { quantile } from '../row.ts';
import type { Lap, Race } from './arms.ts';

/** The page that docs/benchmarks.md is: machine, date, versions, and every race, those that were lost too. */
export function pageOf(races: readonly Race[], about: { readonly date: string; readonly versions: string }): string {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `# Benchmarks
Made by \`npm run bench:peers\` on ${about.date}. Machine: ${machine}. ${about.versions}.

Arms take turns, each sample is a whole process, and what the arms came to is compared before a time counts. Medians, with
the fastest and the slowest sample. A factor below 1 is a race that Lockstep lost.

${races.map(section).join('\n')}`;
}

function section({ name, reach, arms, noisy, notRun }: Race): string {
  const aim = reach === undefined ? '' : `To reach: ${reach}.\n\n`;
  if (notRun !== undefined) return `## ${name}\n${aim}Not run: ${notRun}\n`;
  const [first] = arms;
  const lines = arms.map(({ name: arm, laps }) => {
    const factor = first === undefined || arm === first.name ? '' : ratio(laps, first.laps, ({ wholeS }) => wholeS);
    const work = first === undefined || arm === first.name ? '' : ratio(laps, first.laps, ({ workS }) => workS);
    return `| ${arm} | ${spread(laps.map(({ wholeS }) => wholeS))} | ${spread(laps.map(({ workS }) => workS))} | ${factor} | ${work} |`;
  });
  const thrown = noisy === 0 ? '' : `\n${noisy} samples were thrown away, because others used the machine.\n`;
  return `## ${name}
${aim}| | whole command, s | work alone, s | whole: its time over ours | work alone |
|---|---|---|---|---|
${lines.join('\n')}
${thrown}`;
}

function spread(samples: readonly (number | undefined)[]): string {
  const known = samples.filter((one) => one !== undefined).sort((a, b) => a - b);
  if (known.length === 0) return '';
  const [least, most] = [known[0] as number, known.at(-1) as number];
  return `${quantile(known, 0.5).toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`;
}

function ratio(theirs: readonly Lap[], ours: readonly Lap[], of: (lap: Lap) => number | undefined): string {
  const median = (laps: readonly Lap[]) =>
    quantile(
      laps
        .map(of)
        .filter((one) => one !== undefined)
        .sort((a, b) => a - b),
      0.5,
    );
  const value = median(theirs) / median(ours);
  return Number.isFinite(value) ? `${value.toFixed(2)} ×` : '';
}
