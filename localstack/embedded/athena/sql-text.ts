/** A name in double quotes. */
export const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A string in single quotes. */
export const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
