import { createRequire } from 'node:module';

/**
 * The parts of dynalite that this folder stands on: its store, its validations and its actions, without its HTTP
 * server, which has no transactions and ends the process when a client goes away in the middle of a request.
 * They are not a published interface: the version is pinned, and the contract suite holds them to what is said here.
 */
const require = createRequire(import.meta.url);

/** An item, an attribute value, a request: JSON in DynamoDB's own notation. */
export type Json = { readonly [name: string]: unknown };

export type Callback<T> = (error: unknown, value?: T) => void;

export interface Table {
  readonly TableName: string;
  readonly KeySchema: readonly Json[];
}

/** One key space of the store; `lock` runs its callback when the keys are free, until `release`d callbacks are called. */
export interface KeySpace {
  lock(keys: string | readonly string[], run: (release: <T>(done: Callback<T>) => Callback<T>) => void): void;
  get(key: string, done: Callback<Json>): void;
  put(key: string, value: Json, done: Callback<void>): void;
  del(key: string, done: Callback<void>): void;
  createValueStream(options: object): AsyncIterable<Json>;
}

export interface Write {
  readonly type: 'put' | 'del';
  readonly key: string;
  readonly value?: Json;
}

export interface Store {
  /** The one database under all key spaces. */
  readonly db: { batch(writes: readonly Write[], done: Callback<void>): void; close(done: Callback<void>): void };
  readonly tableDb: { awsAccountId: string; awsRegion: string };
  getTable(name: string, done: Callback<Table>): void;
  getItemDb(table: string): KeySpace;
  getIndexDb(kind: string, table: string, index: string): KeySpace;
}

interface Validation {
  readonly types: Json;
  readonly custom?: unknown;
}

interface Database {
  create(options: Json): Store;
  /** The key of an item within its key space, from any object that has the key attributes. */
  createKey(attributes: Json, table: Table): string;
  /** An error if the attributes are not the whole key; undefined if they are. */
  validateKey(key: Json, table: Table): unknown;
  validateItem(item: Json, table: Table): unknown;
  /** An error if the condition of the request does not hold for the item; undefined if it does. */
  checkConditional(request: Json, item: Json | undefined): unknown;
}

interface Validations {
  checkTypes(request: Json, types: Json): Json;
  checkValidations(request: Json, types: Json, custom: unknown, store: Store): void;
}

export const database = require('dynalite/db') as Database;
const validations = require('dynalite/validations') as Validations;

/** The operations that dynalite has; transactions and time to live are in this folder. */
export const DYNALITE_OPERATIONS = [
  'BatchGetItem',
  'BatchWriteItem',
  'CreateTable',
  'DeleteItem',
  'DeleteTable',
  'DescribeTable',
  'GetItem',
  'ListTables',
  'ListTagsOfResource',
  'PutItem',
  'Query',
  'Scan',
  'TagResource',
  'UntagResource',
  'UpdateItem',
  'UpdateTable',
] as const;

export type DynaliteOperation = (typeof DYNALITE_OPERATIONS)[number];

/** Checks a request as DynamoDB does and parses its expressions; fields that dynalite does not know are dropped. */
export function parseRequest(store: Store, operation: DynaliteOperation, request: Json): Json {
  const { types, custom } = require(`dynalite/validations/${fileOf(operation)}`) as Validation;
  const parsed = validations.checkTypes(structuredClone(request), types);
  validations.checkValidations(parsed, types, custom, store);
  return parsed;
}

/** Performs a parsed request. */
export function perform(store: Store, operation: DynaliteOperation, parsed: Json): Promise<Json> {
  const action = require(`dynalite/actions/${fileOf(operation)}`) as (
    store: Store,
    request: Json,
    done: Callback<Json>,
  ) => void;
  return promised((done) => action(store, parsed, done));
}

/** A call with a callback as a promise. */
export function promised<T>(call: (done: Callback<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

const fileOf = (operation: string) => operation.charAt(0).toLowerCase() + operation.slice(1);
