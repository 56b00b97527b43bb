import { assertIntrinsic, isIntrinsic } from './intrinsics.ts';
import { assertPath } from './paths.ts';
import { StateFailure } from './state-failure.ts';

/** Fields of a state that are payload templates. */
const TEMPLATES = ['Parameters', 'ResultSelector', 'ItemSelector'];

/**
 * Paths and intrinsics of a state that the local cloud cannot read, in words: found when the definition is loaded, because
 * a state that seldom runs would else fail when it does. States inside of a Map or Parallel are not looked into.
 */
export function pathMistakes(state: object): readonly string[] {
  const texts = Object.entries(state).flatMap(([name, value]) => {
    if (TEMPLATES.includes(name)) return inTemplate(value);
    if (name === 'ItemReader') return inTemplate((value as { readonly Parameters?: unknown }).Parameters);
    if (name === 'Choices' || name === 'Catch') return inRules(value);
    return name.endsWith('Path') && typeof value === 'string' ? [value] : [];
  });
  return texts.flatMap(mistake);
}

/** Values of the fields whose names end with `.$`, at any depth. */
function inTemplate(template: unknown): readonly string[] {
  if (template === null || typeof template !== 'object') return [];
  return Object.entries(template).flatMap(([name, value]) =>
    name.endsWith('.$') ? [String(value)] : inTemplate(value),
  );
}

/** Paths in the rules of a Choice, those under And, Or and Not included, and in catchers. */
function inRules(rules: unknown): readonly string[] {
  if (rules === null || typeof rules !== 'object') return [];
  return Object.entries(rules).flatMap(([name, value]) => {
    if (typeof value !== 'string') return inRules(value);
    return name === 'Variable' || name.endsWith('Path') ? [value] : [];
  });
}

function mistake(text: string): readonly string[] {
  try {
    if (isIntrinsic(text)) assertIntrinsic(text);
    else assertPath(text);
    return [];
  } catch (error) {
    if (error instanceof StateFailure) return [error.reason];
    throw error;
  }
}
