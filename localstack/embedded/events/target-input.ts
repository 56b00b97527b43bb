import { readPath } from '../step-functions/paths.ts';
import type { BusEvent } from './event.ts';

/** How a target wants its input; at most one of the three. */
export interface TargetInput {
  readonly Input?: string;
  readonly InputPath?: string;
  readonly InputTransformer?: {
    readonly InputPathsMap?: Readonly<Record<string, string>>;
    readonly InputTemplate: string;
  };
}

/** The text that a target receives for an event: the whole event as JSON unless the target asks for something else. */
export function targetInput(target: TargetInput, event: BusEvent): string {
  if (target.Input !== undefined) return target.Input;
  const at = (path: string) => readPath(path, { input: event, context: undefined });
  if (target.InputPath !== undefined) return JSON.stringify(at(target.InputPath));
  if (target.InputTransformer === undefined) return JSON.stringify(event);
  const { InputPathsMap = {}, InputTemplate } = target.InputTransformer;
  const values = Object.fromEntries(Object.entries(InputPathsMap).map(([name, path]) => [name, at(path)]));
  return transform(InputTemplate, values, event);
}

/**
 * `<name>` stands for a value. Within a JSON string the text of it is put in; anywhere else its JSON, so that a template
 * `{"key": <key>}` gives valid JSON whatever the key holds.
 */
function transform(template: string, values: Readonly<Record<string, unknown>>, event: BusEvent): string {
  let isInString = false;
  return template.replace(/\\.|"|<([\w.-]+)>/g, (found, name: string | undefined) => {
    if (found === '"') isInString = !isInString;
    if (name === undefined) return found;
    const value = name in values ? values[name] : predefined(name, event);
    const json = JSON.stringify(value ?? (isInString ? '' : null));
    if (!isInString) return json;
    return typeof value === 'string' ? json.slice(1, -1) : JSON.stringify(json).slice(1, -1);
  });
}

function predefined(name: string, event: BusEvent): unknown {
  if (name === 'aws.events.event' || name === 'aws.events.event.json') return event;
  return name === 'aws.events.event.ingestion-time' ? event.time : undefined;
}
