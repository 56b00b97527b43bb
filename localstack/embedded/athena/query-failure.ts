/** Why a query failed, in the words of Athena's StateChangeReason. */
export class QueryFailure extends Error {
  constructor(reason: string, cause?: unknown) {
    super(reason, cause === undefined ? undefined : { cause });
    this.name = 'QueryFailure';
  }
}

/** What the engine says → what Athena says. */
const TRANSLATIONS: readonly [pattern: RegExp, reason: (match: RegExpExecArray) => string][] = [
  [
    /^Catalog Error: Table with name (\S+) does not exist/,
    ([, name]) => `TABLE_NOT_FOUND: Table '${name}' does not exist`,
  ],
  [
    /^(?:Catalog|Binder) Error: (?:Schema|Catalog) (?:with name )?"?([^"\s]+)"? does not exist/,
    ([, name]) => `SCHEMA_NOT_FOUND: Schema '${name}' does not exist`,
  ],
  [
    /^Catalog Error: \S+ Function with name (\S+) does not exist/,
    ([, name]) => `FUNCTION_NOT_FOUND: Function '${name}' not registered`,
  ],
  [
    /^Binder Error: Referenced column "([^"]+)" not found/,
    ([, name]) => `COLUMN_NOT_FOUND: Column '${name}' cannot be resolved`,
  ],
  [/^Parser Error: (.+)/, ([, text]) => `SYNTAX_ERROR: ${text}`],
  [/^Permission Error: (.+)/, ([, text]) => `PERMISSION_DENIED: ${text}`],
  [/^Conversion Error: (.+)/, ([, text]) => `INVALID_CAST_ARGUMENT: ${text}`],
  [/^Out of Memory Error: (.+)/, ([, text]) => `EXCEEDED_MEMORY_LIMIT: ${text}`],
];

/** The reason that a caller is given. The engine's own first line follows where no translation fits. */
export function failureReason(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof QueryFailure) return message;
  const text = message.replace(/^Failed to extract statements: /, '');
  for (const [pattern, reason] of TRANSLATIONS) {
    const match = pattern.exec(text);
    if (match !== null) return reason(match);
  }
  return `GENERIC_USER_ERROR: ${text.split('\n')[0]}`;
}
