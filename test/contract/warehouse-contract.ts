import { expect, it } from 'vitest';
import type { Objects } from '#core/objects/ports.ts';
import type { QueryStatus, Warehouse } from '#core/training/ports.ts';

/** A warehouse, where its results land, and one query of each kind over its database `shop`. */
export interface WarehouseUnderTest {
  readonly warehouse: Warehouse;
  readonly objects: Objects;
  /** `s3://<bucket>/<prefix>/`, below which nothing else writes. */
  readonly root: string;
  readonly sql: {
    readonly works: string;
    /** Names a table `nowhere` that is not there. */
    readonly fails: string;
    /** Runs until it is stopped. */
    readonly endless: string;
  };
}

const END_MS = 20_000;

/** What every Warehouse must do. */
export function warehouseContract(given: () => WarehouseUnderTest): void {
  const query = (kind: keyof WarehouseUnderTest['sql'], place: string) => ({
    ...{ database: 'shop', sql: given().sql[kind], outputUri: `${given().root}${place}/` },
  });

  async function ended(queryId: string): Promise<QueryStatus> {
    const until = performance.now() + END_MS;
    while (performance.now() < until) {
      const status = await given().warehouse.poll(queryId);
      if (status.state !== 'running') return status;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`query ${queryId} still runs`);
  }

  async function below(uri: string): Promise<readonly string[]> {
    const uris: string[] = [];
    for await (const object of given().objects.list(uri)) uris.push(object.uri);
    return uris;
  }

  it('leaves the rows of a query as Parquet files below its place', async () => {
    const one = query('works', 'a');
    expect(await ended(await given().warehouse.start(one))).toEqual({ state: 'succeeded' });
    const [first = ''] = await below(one.outputUri);
    const { bytes } = await given().objects.get(first);
    expect(Buffer.from(bytes.subarray(-4)).toString('latin1')).toBe('PAR1');
  });

  it('starts the same query for the same place once', async () => {
    const one = query('works', 'b');
    const first = await given().warehouse.start(one);
    expect(await given().warehouse.start(one)).toBe(first);
    expect(await ended(first)).toEqual({ state: 'succeeded' });
    expect(await given().warehouse.start(query('works', 'c'))).not.toBe(first);
  });

  it('says why a query failed, and leaves nothing', async () => {
    const one = query('fails', 'd');
    const status = await ended(await given().warehouse.start(one));
    expect(status).toMatchObject({ state: 'failed', reason: expect.stringMatching(/nowhere/) });
    expect(await below(one.outputUri)).toEqual([]);
  });

  it('stops a query, which has then failed; to stop one that has ended is no error', async () => {
    const queryId = await given().warehouse.start(query('endless', 'e'));
    expect(await given().warehouse.poll(queryId)).toEqual({ state: 'running' });
    await given().warehouse.stop(queryId);
    expect(await ended(queryId)).toMatchObject({ state: 'failed', reason: expect.any(String) });
    await given().warehouse.stop(queryId);
  });

  it('refuses to tell of a query that was never started', async () => {
    await expect(given().warehouse.poll('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'LS_QUERY_FAILED',
    });
  });
}
