/** What is declared in TypeScript sources, with its comments: read as text, because the compiler has no interface to ask. */

export interface Declaration {
  readonly name: string;
  /** Its comment as one paragraph; empty where it has none. */
  readonly about: string;
  readonly members: readonly Member[];
}

export interface Member {
  readonly name: string;
  /** As it is declared, on one line: `barrier(options?: WaitOptions): Promise<void>`. */
  readonly signature: string;
  readonly isOptional: boolean;
  readonly about: string;
  /** What `@default` says. */
  readonly fallback?: string;
}

/** A comment may be missing; no comment holds the end of another. */
const COMMENT = String.raw`(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?`;

/** The interface of a name. Throws where the source does not declare it. */
export function interfaceIn(source: string, name: string): Declaration {
  const found = new RegExp(`${COMMENT}export interface ${name}\\b[^{]*\\{(?:\\}|\\n([\\s\\S]*?)\\n\\})`).exec(source);
  if (found === null) throw new Error(`expected an interface ${name}`);
  const [, comment = '', body = ''] = found;
  return { name, about: prose(comment).text, members: membersIn(body) };
}

/** What a comment before a class says. Throws where the source does not declare it. */
export function classComment(source: string, name: string): string {
  const found = new RegExp(`${COMMENT}export class ${name}\\b`).exec(source);
  if (found === null) throw new Error(`expected a class ${name}`);
  return prose(found[1] ?? '').text;
}

/** Its type may hold members of its own, in braces. */
const MEMBER = new RegExp(`^ {2}${COMMENT}(?:readonly )?(\\w+)(\\??)([(<:](?:[^;{}]|\\{[^{}]*\\})*);$`, 'gm');

const membersIn = (body: string): readonly Member[] =>
  [...body.matchAll(MEMBER)].map(([, comment = '', name = '', optional = '', rest = '']) => {
    const { text, fallback } = prose(comment);
    return {
      ...{ name, signature: oneLine(`${name}${optional}${rest}`), isOptional: optional !== '', about: text },
      ...(fallback !== undefined && { fallback }),
    };
  });

/** A comment without its stars, and what it says of the default by itself. */
function prose(comment: string): { readonly text: string; readonly fallback?: string } {
  const [text = '', fallback] = oneLine(comment.replaceAll(/^\s*\* ?/gm, '')).split('@default');
  return { text: text.trim(), ...(fallback !== undefined && { fallback: fallback.replace(/^[\s-]+/, '').trim() }) };
}

const oneLine = (text: string): string =>
  text
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
