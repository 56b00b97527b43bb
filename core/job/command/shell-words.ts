/** A command line as a shell takes it apart, as far as that needs no shell: nothing is expanded. */

/** The simple commands of a text, each as its words, in order; what stands between them (`&&`, `|`, `;`, a new line) goes. */
export function shellCommands(text: string): readonly (readonly string[])[] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  const endWord = () => {
    if (word !== undefined) commands.at(-1)?.push(word);
    word = undefined;
  };
  for (const [, single, double, escaped, comment, separator, space, plain] of text.matchAll(TOKEN)) {
    if (single !== undefined) word = (word ?? '') + single;
    else if (double !== undefined) word = (word ?? '') + double.replace(/\\(["\\$`])/g, '$1');
    else if (escaped === '\n') continue;
    else if (escaped !== undefined) word = (word ?? '') + escaped;
    else if (comment !== undefined && word !== undefined) word += comment;
    else if (plain !== undefined) word = (word ?? '') + plain;
    else {
      endWord();
      if (separator !== undefined) commands.push([]);
      else if (space === undefined) continue;
    }
  }
  endWord();
  return commands.filter(({ length }) => length > 0);
}

/** Quoted text, an escaped character, a comment, what ends a command, what ends a word, anything else. */
const TOKEN =
  /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|(#[^\n]*)|([;&|()\n]+)|([ \t\r]+)|([^\s'"\\;&|()#]+|['"\\])/g;
