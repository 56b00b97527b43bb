/** What shells offer: decided by the program as it is, and asked by the real shells where this machine has them. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complete } from '../../../cli/program/complete.ts';
import { newProgram } from '../../../cli/program/program.ts';
import { SHELL_SCRIPTS } from '../../../cli/program/shell-scripts.ts';

const program = newProgram({ contextOf: () => expect.fail('nothing runs'), done: () => {} });
const known = { run: () => ['latest', 'digits-1', 'digits-2'], model: () => ['digits'] };

function offered(line: string): readonly string[] | 'files' {
  const words = line.split(' ');
  const { words: found, isFile } = complete(program, [words.slice(1, -1), words.at(-1) ?? ''], known);
  return isFile ? 'files' : found;
}

describe('after', () => {
  it.each([
    ['lockstep tr', ['train']],
    ['lockstep --json sta', ['status']],
    ['lockstep --stack train can', ['cancel']],
    ['lockstep local ', ['up', 'env', 'down']],
    ['lockstep local up --en', ['--env']],
    ['lockstep local up --env ', ['shell', 'dotenv', 'json']],
    ['lockstep local up --warehouse ', 'files'],
    ['lockstep local up --port ', []],
    ['lockstep train ', 'files'],
    ['lockstep train job.yaml --de', ['--detach']],
    ['lockstep --outputs ', 'files'],
    ['lockstep status dig', ['digits-1', 'digits-2']],
    ['lockstep logs l', ['latest']],
    ['lockstep logs --rank 1 l', ['latest']],
    ['lockstep runs rm digits-1 l', ['latest']],
    ['lockstep models rm ', ['digits']],
    ['lockstep status --state s', ['succeeded']],
    ['lockstep completion ', ['bash', 'zsh', 'fish']],
    ['lockstep doctor ', []],
  ] as const)('`%s` it is %j', (line, expected) => {
    expect(offered(line)).toEqual(expected);
  });

  it('nothing, every command but the one that is for shells', () => {
    const all = offered('lockstep ');
    expect(all).toEqual(expect.arrayContaining(['train', 'attach', 'models', 'completion']));
    expect(all).not.toContain('__complete');
  });
});

/** Prints what pressing Tab at the end of the line would offer. */
const ASK: Readonly<Record<keyof typeof SHELL_SCRIPTS, (line: string, script: string) => readonly string[]>> = {
  bash: (line, script) => [
    'bash',
    '--norc',
    '-c',
    `source ${script}; COMP_WORDS=(${words(line)}); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); compopt() { echo files; }
     _lockstep; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  zsh: (line, script) => [
    'zsh',
    '-f',
    '-c',
    `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { print files; }; source ${script}
     words=(${words(line)}); CURRENT=$#words; _lockstep`,
  ],
  fish: (line, script) => ['fish', '--no-config', '-c', `source ${script}; complete -C '${line}'`],
};

const words = (line: string): string =>
  line
    .split(' ')
    .map((word) => `'${word}'`)
    .join(' ');
const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe.each(['bash', 'zsh', 'fish'] as const)('in %s', (shell) => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-shell-'));
  const script = join(folder, 'completion');
  beforeAll(() => {
    mkdirSync(join(folder, 'runs', 'digits-1'), { recursive: true });
    writeFileSync(join(folder, 'job.yaml'), '');
    writeFileSync(script, SHELL_SCRIPTS[shell]);
    const program = join(folder, 'lockstep');
    writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${resolve('cli/lockstep.mjs')}' "$@"\n`);
    chmodSync(program, 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const tab = (line: string): readonly string[] => {
    const [program = '', ...args] = ASK[shell](line, script);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, LOCKSTEP_HOME: folder };
    const { stdout } = spawnSync(program, args, { cwd: folder, env, encoding: 'utf8' });
    return stdout.split('\n').filter((one) => one !== '');
  };

  it.skipIf(!has(shell))('the words of the command are offered', () => {
    expect(tab('lockstep mod')).toEqual(['models']);
    expect(tab('lockstep logs ').toSorted()).toEqual(['digits-1', 'latest']);
    expect(tab('lockstep train job.yaml --de')).toEqual(['--detach']);
  });

  it.skipIf(!has(shell))('files are offered where a file belongs', () => {
    expect(tab('lockstep train ')).toEqual(shell === 'fish' ? expect.arrayContaining(['job.yaml']) : ['files']);
  });
});
