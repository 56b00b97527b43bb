/** Every code block of every page is held by what would read it: the shell and the program, the job schema, a compiler. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hasPython } from '../python/python.ts';
import { commandProblems, refusal } from './blocks/commands.ts';
import { type Fence, fencesOf, pages, placeOf } from './blocks/fences.ts';
import { jobProblems } from './blocks/jobs.ts';
import { pythonProblems } from './blocks/python.ts';
import { typeProblems } from './blocks/type-check.ts';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
const all = pages().flatMap((file) => fencesOf(file));
const of = (...languages: readonly string[]) => all.filter(({ language }) => languages.includes(language));
const problems = (fences: readonly Fence[], of: (text: string) => readonly string[]) =>
  fences.flatMap((fence) => of(fence.text).map((problem) => `${placeOf(fence)} ${problem}`));

describe('code blocks of the pages', () => {
  it('are of a language that something holds', () => {
    const held = ['', 'text', 'sh', 'yaml', 'json', 'ts', 'js', 'python', 'csv'];
    expect(all.length).toBeGreaterThan(25);
    expect(all.filter(({ language }) => !held.includes(language)).map(placeOf)).toEqual([]);
  });

  it('say `sh` where they hold commands', () => {
    const isCommand = /^(?:\$ )?(?:npm|npx|lockstep|git|aws|pip|docker|python3?) /m;
    expect(
      of('', 'text')
        .filter(({ text }) => isCommand.test(text))
        .map(placeOf),
    ).toEqual([]);
  });

  it('hold commands that the program takes', () => {
    expect(problems(of('sh'), (text) => commandProblems(text, scripts))).toEqual([]);
  });

  it('hold YAML that is a job, or fields of one', () => {
    expect(problems(of('yaml'), jobProblems)).toEqual([]);
  });

  it('hold JSON that parses', () => {
    for (const fence of of('json')) expect(() => JSON.parse(fence.text), placeOf(fence)).not.toThrow();
    expect(of('json').length).toBeGreaterThan(0);
  });

  it('hold TypeScript and JavaScript that compile', { timeout: 120_000 }, () => {
    expect(typeProblems(of('ts', 'js'))).toEqual([]);
  });

  it.runIf(hasPython)('hold Python that compiles and uses what the package has', () => {
    expect(pythonProblems(of('python'))).toEqual([]);
  });
});

describe('what holds them finds', () => {
  it.each([
    ['lockstep trian a.yaml', 'unknown command'],
    ['npx lockstep train a.yaml --chaoss', 'unknown option'],
    ['npm run nothing', 'no script nothing'],
    ['npm run lockstep -- status --limit x', 'whole number'],
    ['rm -rf /', 'no command that the pages may use'],
  ])('%s', (line, problem) => {
    expect(commandProblems(line, scripts).join()).toContain(problem);
    expect(refusal(['train', 'a.yaml', '--', '--lr', '1'])).toBeUndefined();
  });

  it('a field that no job has, and a job that lacks one', () => {
    expect(jobProblems('predict: { topp: 3 }').join()).toContain('topp');
    expect(jobProblems('kind: train\nname: a').join()).toContain('gang');
    expect(jobProblems('predict: { top: 3 }')).toEqual([]);
    expect(jobProblems('gang: { markets: [spot] }')).toEqual([]);
  });

  const fence = (language: string, text: string): Fence => ({ file: 'a.md', line: 1, language, words: [], text });

  it('a type that does not fit, and a name that no package has', { timeout: 120_000 }, () => {
    const wrong = fence('ts', "import { runn } from 'lockstep/task';\nconst a: number = 'one';\nruns(a);");
    expect(typeProblems([wrong]).join('\n')).toMatch(/a\.md:1 line 1: .*runn[\s\S]*line 2: .*string/);
  });

  it.runIf(hasPython)('Python that does not compile, and a call that there is not', () => {
    expect(pythonProblems([fence('python', 'def f(:')]).join()).toContain('a.md:1');
    expect(pythonProblems([fence('python', 'lockstep.runn(1)')])).toEqual(['a.md:1: lockstep.runn does not exist']);
  });
});
