/**
 * Random commands of the kinds that Lockstep sends to DynamoDB, over a handful of keys so that they meet. What is known to
 * differ (docs/emulators.md), and what Lockstep does not use, is not among them: IN and BETWEEN.
 */
import type {
  AttributeValue,
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  TransactWriteItemsCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';

export type Command =
  | { readonly kind: 'put'; readonly input: PutItemCommandInput }
  | { readonly kind: 'update'; readonly input: UpdateItemCommandInput }
  | { readonly kind: 'delete'; readonly input: DeleteItemCommandInput }
  | { readonly kind: 'get'; readonly input: GetItemCommandInput }
  | { readonly kind: 'query'; readonly input: QueryCommandInput }
  | { readonly kind: 'transact'; readonly input: TransactWriteItemsCommandInput };

type Values = Record<string, AttributeValue>;

const sk = fc.constantFrom('CTL', 'ATT#0#M#i-1', 'ATT#0#M#i-10', 'ATT#0#M#i-2', 'ATT#1#M#i-1', 'é', 'z');
const keyOf = (pks: readonly string[]) =>
  fc.record({ pk: fc.constantFrom(...pks).map((S) => ({ S })), sk: sk.map((S) => ({ S })) });

const number = fc.constantFrom('0', '1', '-1', '5', '10', '1.5', '12345678901234567890', '1700000000');
const text = fc.constantFrom('RUNNING', 'STOPPING', '', 'é', '{"a":1}');
const ranks = fc.uniqueArray(fc.constantFrom('0', '1', '2', '10'), { minLength: 1 });

/** Attributes of items, each always of its own type. */
const attributes = {
  n: number.map((N): AttributeValue => ({ N })),
  s: text.map((S): AttributeValue => ({ S })),
  yes: fc.boolean().map((BOOL): AttributeValue => ({ BOOL })),
  set: ranks.map((NS): AttributeValue => ({ NS })),
};
const item = (pks: readonly string[]) =>
  fc
    .tuple(keyOf(pks), fc.record(attributes, { requiredKeys: [] }))
    .map(([key, rest]): Values => ({ ...key, ...(rest as Values) }));

interface Expression {
  readonly text: string;
  readonly values: Values;
}

const joined = (operator: string, parts: readonly Expression[]): Expression => ({
  text: parts.map(({ text: one }) => `(${one})`).join(` ${operator} `),
  values: Object.assign({}, ...parts.map(({ values }) => values)),
});
const name = fc.constantFrom('#n', '#s', '#yes', '#set');

/** Conditions; `id` keeps the names of their values apart. */
const simple = (id: string): fc.Arbitrary<Expression> =>
  fc.oneof(
    name.map((one) => ({ text: `attribute_exists(${one})`, values: {} })),
    name.map((one) => ({ text: `attribute_not_exists(${one})`, values: {} })),
    fc
      .tuple(fc.constantFrom('=', '<>', '<', '<=', '>', '>='), attributes.n)
      .map(([order, value]) => ({ text: `#n ${order} :n${id}`, values: { [`:n${id}`]: value } })),
    fc
      .tuple(fc.constantFrom('=', '<>'), attributes.s)
      .map(([order, value]) => ({ text: `#s ${order} :s${id}`, values: { [`:s${id}`]: value } })),
    attributes.yes.map((value) => ({ text: `#yes = :b${id}`, values: { [`:b${id}`]: value } })),
    number.map((N) => ({ text: `contains(#set, :e${id})`, values: { [`:e${id}`]: { N } } })),
  );
const condition: fc.Arbitrary<Expression> = fc.oneof(
  simple('a'),
  fc.tuple(simple('a'), simple('b')).map((parts) => joined('AND', parts)),
  fc.tuple(simple('a'), simple('b')).map((parts) => joined('OR', parts)),
  simple('a').map(({ text: one, values }) => ({ text: `NOT (${one})`, values })),
);

/** What an update does to each attribute; at most one thing to each. */
const change: fc.Arbitrary<Expression> = fc
  .record(
    {
      n: fc.oneof(
        attributes.n.map((value) => ({ clause: 'SET', text: '#n = :un', values: { ':un': value } })),
        number.map((N) => ({ clause: 'ADD', text: '#n :un', values: { ':un': { N } } })),
        number.map((N) => ({
          ...{
            clause: 'SET',
            text: '#n = if_not_exists(#n, :zero) + :un',
            values: { ':un': { N }, ':zero': { N: '0' } },
          },
        })),
      ),
      s: fc.oneof(
        attributes.s.map((value) => ({ clause: 'SET', text: '#s = :us', values: { ':us': value } })),
        fc.constant({ clause: 'REMOVE', text: '#s', values: {} }),
      ),
      set: fc.oneof(
        attributes.set.map((value) => ({ clause: 'ADD', text: '#set :ut', values: { ':ut': value } })),
        attributes.set.map((value) => ({ clause: 'DELETE', text: '#set :ut', values: { ':ut': value } })),
      ),
    },
    { requiredKeys: [] },
  )
  .filter((parts) => Object.keys(parts).length > 0)
  .map((parts) => {
    const all = Object.values(parts);
    const clauses = [...Map.groupBy(all, ({ clause }) => clause)];
    return {
      text: clauses.map(([clause, own]) => `${clause} ${own.map(({ text: one }) => one).join(', ')}`).join(' '),
      values: Object.assign({}, ...all.map(({ values }) => values)),
    };
  });

const NAMES = { '#n': 'n', '#s': 's', '#yes': 'yes', '#set': 'set' };

/** Only the names and values that the expressions use: DynamoDB refuses others. */
function used(expressions: readonly Expression[]) {
  const all = expressions.map(({ text: one }) => one).join(' ');
  const names = Object.entries(NAMES).filter(([one]) => new RegExp(`${one}\\b`).test(all));
  const values = Object.assign({}, ...expressions.map((one) => one.values));
  return {
    ...(names.length > 0 && { ExpressionAttributeNames: Object.fromEntries(names) }),
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}

const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const shown = fc.constantFrom('NONE', 'ALL_OLD');
const conditional = (when: Expression | undefined, ...others: readonly Expression[]) => ({
  ...(when && { ConditionExpression: when.text }),
  ...used([...others, ...(when ? [when] : [])]),
});

/** Commands on one table, whose partitions are `pks`. */
export function commandOf(TableName: string, pks: readonly string[]): fc.Arbitrary<Command> {
  const failing = shown.map((one) => ({ ReturnValuesOnConditionCheckFailure: one }));
  const put = fc.tuple(item(pks), maybe(condition), failing).map(([Item, when, fails]) => ({
    ...{ TableName, Item, ...conditional(when), ...fails },
  }));
  const update = fc.tuple(keyOf(pks), change, maybe(condition), failing).map(([Key, what, when, fails]) => ({
    ...{ TableName, Key, UpdateExpression: what.text, ...conditional(when, what), ...fails },
  }));
  const remove = fc.tuple(keyOf(pks), maybe(condition), failing).map(([Key, when, fails]) => ({
    ...{ TableName, Key, ...conditional(when), ...fails },
  }));
  const check = fc.tuple(keyOf(pks), condition, failing).map(([Key, when, fails]) => ({
    ...{ TableName, Key, ...fails, ...conditional(when), ConditionExpression: when.text },
  }));
  const write = fc.oneof(
    put.map((Put) => ({ Put, at: Put.Item })),
    update.map((Update) => ({ Update, at: Update.Key })),
    remove.map((Delete) => ({ Delete, at: Delete.Key })),
    check.map((ConditionCheck) => ({ ConditionCheck, at: ConditionCheck.Key })),
  );
  const place = ({ at }: { readonly at: Values }) => `${at.pk?.S}/${at.sk?.S}`;
  const transact = fc.uniqueArray(write, { minLength: 1, maxLength: 4, selector: place }).map((writes) => ({
    TransactItems: writes.map(({ at: _, ...one }) => one),
  }));
  const query = fc
    .tuple(fc.constantFrom(...pks), fc.constantFrom('ATT#0#M#', 'ATT#', 'z', ''), fc.boolean(), maybe(fc.constant(2)))
    .map(([pk, prefix, ScanIndexForward, Limit]) => ({
      ...{ TableName, ConsistentRead: true, ScanIndexForward, ...(Limit && { Limit }) },
      KeyConditionExpression: prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :sk)',
      ExpressionAttributeValues: { ':pk': { S: pk }, ...(prefix !== '' && { ':sk': { S: prefix } }) },
    }));
  return fc.oneof(
    fc.tuple(put, shown).map(([input, ReturnValues]) => ({ kind: 'put' as const, input: { ...input, ReturnValues } })),
    fc
      .tuple(update, fc.constantFrom('NONE', 'ALL_OLD', 'ALL_NEW', 'UPDATED_NEW', 'UPDATED_OLD'))
      .map(([input, ReturnValues]) => ({ kind: 'update' as const, input: { ...input, ReturnValues } })),
    fc
      .tuple(remove, shown)
      .map(([input, ReturnValues]) => ({ kind: 'delete' as const, input: { ...input, ReturnValues } })),
    keyOf(pks).map((Key) => ({ kind: 'get' as const, input: { TableName, Key, ConsistentRead: true } })),
    query.map((input) => ({ kind: 'query' as const, input })),
    transact.map((input) => ({ kind: 'transact' as const, input })),
  ) as fc.Arbitrary<Command>;
}
