/** The kinds of values that job documents are made of. Descriptions end up in docs/job.schema.json, for editors. */

import * as z from 'zod/mini';
import { SECRET_PATTERN } from '#core/job/secrets.ts';

/** A value with the sentence that editors show for it. */
export const described = <T extends z.ZodMiniType>(schema: T, description: string): T =>
  schema.check(z.describe(description)) as T;

/** Part of run ids, tags and object keys. */
export const NAME = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;
const nameFormat = z.regex(NAME, 'lower case letters, digits and hyphens, at most 40 of them');
export const name = (description: string) => described(z.string().check(nameFormat), description);

/** What a program can be given as an argument or variable: no system passes on the character NUL. */
export const passable = z
  .string()
  .check(z.refine((value) => !value.includes('\0'), 'a text without the character NUL'));

export const text = (description: string) =>
  described(passable.check(z.minLength(1, 'a text that is not empty')), description);

export const list = (description: string) => described(z.array(passable.check(z.minLength(1))), description);

export const oneOrMore = (description: string) =>
  described(z.array(passable.check(z.minLength(1))).check(z.minLength(1, 'a list of 1 or more')), description);

/** A whole number within limits. The name of a field says its unit. */
export const count = (limits: { readonly min: number; readonly max: number }, description: string) =>
  described(z.int().check(z.gte(limits.min), z.lte(limits.max)), description);

const DAY_S = 24 * 3600;
export const seconds = (description: string, max: number = 30 * DAY_S) => count({ min: 1, max }, description);

export const mapping = (description: string) => described(z.record(z.string(), passable), description);

const isVariable = (key: string): boolean => /^[A-Za-z_][A-Za-z0-9_]*$/.test(key);

export const variables = (description: string) =>
  mapping(description).check(
    z.refine((all) => Object.keys(all).every(isVariable), 'names of letters, digits and underscores'),
  );

/** Variables whose values are kept elsewhere. */
export const secretVariables = (description: string) =>
  variables(description).check(
    z.refine(
      (all) => Object.values(all).every((one) => SECRET_PATTERN.test(one)),
      'values `ssm:NAME`, `secretsmanager:NAME` or `secretsmanager:NAME#KEY`',
    ),
  );

/** Refuses an object unless it has exactly one of the keys; says so even where other fields are wrong as well. */
export const exactlyOne = (...keys: readonly string[]) =>
  z.refine<object>((value) => keys.filter((key) => Object.hasOwn(value, key)).length === 1, {
    error: `exactly one of ${keys.map((key) => `\`${key}\``).join(', ')}`,
    when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
  });
