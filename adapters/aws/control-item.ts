import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Control } from '#core/gang/records.ts';
import { KEYS } from '#core/names.ts';

export type Item = Record<string, AttributeValue>;
type Field = keyof Omit<Control, 'runId'>;

/** How each field of the control item is stored. Fields that conditions look at are attributes, others JSON. */
const ENCODING: Readonly<Record<Field, 'N' | 'S' | 'JSON'>> = {
  owner: 'S',
  attempt: 'N',
  phase: 'S',
  epoch: 'N',
  hosts: 'N',
  worldSize: 'N',
  specHash: 'S',
  opId: 'S',
  cause: 'JSON',
  directive: 'JSON',
  overdue: 'JSON',
  givingBack: 'JSON',
  charged: 'JSON',
};

const FIELDS = Object.keys(ENCODING) as readonly Field[];

/** Long after any run: deleting what nobody reads any more is all that the table's time to live is for. */
const KEPT_S = 90 * 24 * 3600;

/** The attribute that lets DynamoDB delete an item some day. */
export const ttl = (): AttributeValue => ({ N: String(Math.floor(Date.now() / 1000) + KEPT_S) });

export const controlKey = (runId: string): Item => ({ pk: { S: KEYS.gang(runId) }, sk: { S: KEYS.control } });

/** One field as an attribute value. */
export function encodeField(field: Field, value: unknown): AttributeValue {
  const encoding = ENCODING[field];
  if (encoding === 'N') return { N: String(value) };
  return { S: encoding === 'S' ? String(value) : JSON.stringify(value) };
}

export function controlToItem(control: Control): Item {
  const fields = FIELDS.filter((field) => control[field] !== undefined);
  return {
    ...controlKey(control.runId),
    runId: { S: control.runId },
    ...Object.fromEntries(fields.map((field) => [field, encodeField(field, control[field])])),
    ttl: ttl(),
  };
}

/** Trusts what is stored: only this file writes it. */
export function itemToControl(item: Item): Control {
  const fields = FIELDS.filter((field) => item[field] !== undefined).map((field) => [field, decode(field, item)]);
  return { runId: item.runId?.S, ...Object.fromEntries(fields) } as Control;
}

function decode(field: Field, item: Item): unknown {
  const value = item[field];
  if (ENCODING[field] === 'N') return Number(value?.N);
  return ENCODING[field] === 'S' ? value?.S : JSON.parse(value?.S ?? 'null');
}
