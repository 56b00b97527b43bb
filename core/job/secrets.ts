import { LockstepError } from '../errors.ts';

/** Where a secret is kept. A secret of Secrets Manager that is a JSON object is taken whole, or one `key` of it. */
export type SecretReference =
  | { readonly store: 'ssm'; readonly name: string }
  | { readonly store: 'secretsmanager'; readonly name: string; readonly key?: string };

/** How a job names a secret. */
export const SECRET_PATTERN = /^(?:ssm:\S+|secretsmanager:[^\s#]+(?:#[^\s#]+)?)$/;

/** Reads `ssm:/path/name`, `secretsmanager:name` or `secretsmanager:name#key`; a name may be an ARN. The schema has checked it. */
export function secretReference(text: string): SecretReference {
  const store = text.slice(0, text.indexOf(':'));
  const rest = text.slice(store.length + 1);
  if (store === 'ssm') return { store, name: rest };
  const [name = '', key] = rest.split('#');
  return { store: 'secretsmanager', name, ...(key !== undefined && { key }) };
}

/** What a task gets of a secret's text. LS_SECRET_UNREADABLE where it has no such key. */
export function secretValue(reference: SecretReference, text: string): string {
  if (reference.store === 'ssm' || reference.key === undefined) return text;
  const { name, key } = reference;
  const value = fieldsOf(text)?.[key];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  // Nothing of the secret itself is told.
  throw new LockstepError(
    'LS_SECRET_UNREADABLE',
    `expected the secret ${name} to be a JSON object with a text or number for ${JSON.stringify(key)}, and it is none`,
  );
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}
