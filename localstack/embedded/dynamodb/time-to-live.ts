import { database, type Json, perform, promised, type Store, type Table } from './dynalite.ts';
import { answerOf, DynamoError } from './dynamo-error.ts';
import { type ItemAddress, readItem } from './item-address.ts';
import { withLocks } from './locks.ts';
import { overlay } from './overlay.ts';

/** DynamoDB leaves items alone that say they expired more than five years ago: those are not dates. */
const OLDEST_S = 5 * 365 * 24 * 60 * 60;

/** Which attribute of which table holds the second, since the epoch, after which an item may go. */
export class TimeToLive {
  readonly #store: Store;
  readonly #attributes = new Map<string, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  async update(request: Json): Promise<Json> {
    const table = await this.#table(request);
    const specification = request.TimeToLiveSpecification as { AttributeName: string; Enabled: boolean };
    if (this.#attributes.has(table.TableName) === specification.Enabled) {
      const state = specification.Enabled ? 'enabled' : 'disabled';
      throw new DynamoError('ValidationException', `TimeToLive is already ${state}`);
    }
    if (specification.Enabled) this.#attributes.set(table.TableName, specification.AttributeName);
    else this.#attributes.delete(table.TableName);
    return { TimeToLiveSpecification: specification };
  }

  async describe(request: Json): Promise<Json> {
    const { TableName } = await this.#table(request);
    const AttributeName = this.#attributes.get(TableName);
    return {
      TimeToLiveDescription:
        AttributeName === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName },
    };
  }

  /** Deletes what has expired. An item that was given a later time since it was listed stays. */
  async sweep(nowS: number): Promise<void> {
    for (const [name, attribute] of this.#attributes) {
      try {
        await this.#sweepTable(name, (item) => expired(item, attribute, nowS));
      } catch (thrown) {
        if (answerOf(thrown) === undefined) throw thrown;
        // The table has been deleted.
        this.#attributes.delete(name);
      }
    }
  }

  async #sweepTable(name: string, isExpired: (item: Json) => boolean): Promise<void> {
    const table = await this.#table({ TableName: name });
    for await (const item of this.#store.getItemDb(name).createValueStream({})) {
      if (isExpired(item)) await this.#remove(table, { table: name, key: database.createKey(item, table) }, isExpired);
    }
  }

  async #remove(table: Table, address: ItemAddress, isExpired: (item: Json) => boolean): Promise<void> {
    await withLocks(this.#store, [address], async () => {
      const item = await readItem(this.#store, address);
      if (item === undefined || !isExpired(item)) return;
      const names = table.KeySchema.map((part) => String(part.AttributeName));
      const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
      const pending = overlay(this.#store);
      await perform(pending.store, 'DeleteItem', { TableName: table.TableName, Key });
      await pending.flush();
    });
  }

  #table(request: Json): Promise<Table> {
    return promised<Table>((done) => this.#store.getTable(String(request.TableName), done));
  }
}

function expired(item: Json, attribute: string, nowS: number): boolean {
  const seconds = Number((item[attribute] as { N?: string } | undefined)?.N ?? Number.NaN);
  return seconds < nowS && seconds > nowS - OLDEST_S;
}
