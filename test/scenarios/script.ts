import { Stage } from './stage.ts';

/** What a scenario can say, each with what it does. */
const COMMANDS: readonly (readonly [RegExp, (stage: Stage, words: readonly string[]) => Promise<void> | void])[] = [
  [
    /^a gang of hosts? ([\w, ]+) with (\d+) tasks? each$/,
    (stage, [names, tasks]) => stage.gang(split(names), Number(tasks)),
  ],
  [/^agents may begin again by themselves$/, (stage) => stage.selfStart()],
  [/^tasks may end (\d+) s apart$/, (stage, [seconds]) => stage.spread(Number(seconds))],
  [/^([\d.]+) s pass$/, (stage, [seconds]) => stage.pass(Number(seconds) * 1000)],
  [
    /^ranks? ([\d, ]+) calls? barrier at (\S+)(?: for at most (\d+) s)?$/,
    (stage, [ranks, callSite, limit]) => callAll(stage, ranks, { kind: 'barrier', callSite: callSite ?? '' }, limit),
  ],
  [
    /^rank (\d+) calls allGather\((\w+)\) at (\S+)$/,
    (stage, [rank, payload, callSite]) =>
      callAll(stage, rank, { kind: 'allGather', callSite: callSite ?? '', payload: payload ?? '' }, undefined),
  ],
  [
    /^ranks? ([\d, ]+) exits? with code (\d+)(?:: (.*))?$/,
    (stage, [ranks, code, message]) => {
      const exit = { code: Number(code), signal: null, stopped: false, ...(message === undefined ? {} : { message }) };
      for (const rank of split(ranks)) stage.exit(Number(rank), exit);
    },
  ],
  [/^host (\w+) dies$/, (stage, [name]) => stage.die(name ?? '')],
  [/^host (\w+) is paused$/, (stage, [name]) => stage.pause(name ?? '')],
  [/^host (\w+) goes on$/, (stage, [name]) => stage.resume(name ?? '')],
  [/^host (\w+) will be taken away$/, (stage, [name]) => stage.notice(name ?? '')],
  [/^host (\w+) dies before it releases$/, (stage, [name]) => stage.set(name ?? '', 'dies before it releases')],
  [
    /^host (\w+) loses the reply to its arrival$/,
    (stage, [name]) => stage.set(name ?? '', 'loses the reply to its arrival'),
  ],
  [/^the controller decides$/, (stage) => stage.decide()],
  [/^hosts? ([\w, ]+) boots?$/, (stage, [names]) => stage.boot(split(names))],
  [/^the gang is complete again$/, (stage) => stage.acquired()],
  [
    /^a zombie of attempt (\d+) acts at barrier (\d+)$/,
    (stage, [attempt, epoch]) => stage.stale(Number(attempt), Number(epoch)),
  ],
];

const split = (list = ''): readonly string[] => list.split(/, */);

function callAll(
  stage: Stage,
  ranks: string | undefined,
  arrival: Parameters<Stage['call']>[1],
  limitS: string | undefined,
): void {
  for (const rank of split(ranks)) stage.call(Number(rank), arrival, Number(limitS ?? 600) * 1000);
}

/** Plays a scenario: lines that begin with `>` are done, `#` and empty lines stay, all others are what was heard. */
export async function play(text: string): Promise<string> {
  const stage = new Stage();
  const out: string[] = [];
  for (const line of text.split('\n')) {
    if (line.startsWith('#') || line === '') out.push(line);
    if (!line.startsWith('> ')) continue;
    out.push(line);
    await perform(stage, line.slice(2));
    await stage.pass(0);
    out.push(...stage.heard());
  }
  return out.join('\n');
}

async function perform(stage: Stage, command: string): Promise<void> {
  for (const [pattern, run] of COMMANDS) {
    const match = pattern.exec(command);
    if (match !== null) return await run(stage, match.slice(1));
  }
  throw new Error(`not understood: ${command}`);
}
