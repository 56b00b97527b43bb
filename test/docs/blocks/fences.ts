import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Fence {
  readonly file: string;
  /** Line of its opening fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** What follows the language: `run`, `run fails`, `file=NAME`. */
  readonly words: readonly string[];
  readonly text: string;
}

/** Every page that people read, but what was made or decided for once. */
export const pages = (): readonly string[] =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((file) => !file.includes('node_modules/'));

const OPENING = /^( *)```(.*)$/;

/** The blocks of a page in their order. Throws for one that does not end. */
export function fencesOf(file: string, text: string = readFileSync(file, 'utf8')): readonly Fence[] {
  const all: Fence[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent, info] = OPENING.exec(lines[i] ?? '') ?? [];
    if (info === undefined) continue;
    const end = lines.findIndex((line, k) => k > i && line.trim() === '```');
    if (end < 0) throw new Error(`${file}:${i + 1}: the block does not end`);
    const [language = '', ...words] = info.trim().split(/\s+/);
    const body = lines.slice(i + 1, end).map((line) => line.slice(indent?.length ?? 0));
    all.push({ file, line: i + 1, language, words, text: body.join('\n') });
    i = end;
  }
  return all;
}

export const placeOf = ({ file, line }: Fence): string => `${file}:${line}`;
