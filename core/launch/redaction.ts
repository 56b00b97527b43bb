/** What is shorter may stand anywhere by chance, and would make a log unreadable without hiding anything. */
const CHARACTERS_MIN = 4;

/** Takes secrets out of a text. */
export type Redaction = (text: string) => string;

/**
 * Puts the name of a secret in the place of its value, wherever a text has it as it is: in clear, in full, or one whole line
 * of a value with several. Undefined where there is nothing to take out.
 */
export function redaction(secrets: Readonly<Record<string, string>>): Redaction | undefined {
  const values = Object.entries(secrets).flatMap(([name, value]) =>
    [value.trim(), ...value.split(/\r?\n/).map((line) => line.trim())].map((text) => ({ name, text })),
  );
  // The longest first: one may be a part of another.
  const hidden = values
    .filter(({ text }) => text.length >= CHARACTERS_MIN)
    .toSorted((a, b) => b.text.length - a.text.length);
  if (hidden.length === 0) return undefined;
  return (text) =>
    hidden.reduce((rest, { name, text: value }) => rest.replaceAll(value, () => `[secret ${name}]`), text);
}
