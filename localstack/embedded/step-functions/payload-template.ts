import { evaluate, isIntrinsic } from './intrinsics.ts';
import { type Data, requirePath } from './paths.ts';

/** Fills a payload template: every field whose name ends with `.$` takes the value of its path or intrinsic. */
export function fillTemplate(template: unknown, data: Data): unknown {
  if (Array.isArray(template)) return template.map((item) => fillTemplate(item, data));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$') ? [name.slice(0, -2), valueAt(String(value), data)] : [name, fillTemplate(value, data)],
    ),
  );
}

/** The value of a path or of an intrinsic, whichever the text is. */
export const valueAt = (text: string, data: Data): unknown =>
  isIntrinsic(text) ? evaluate(text, data) : requirePath(text, data);
