import { expect, it } from 'vitest';
import type { Objects } from '#core/objects/ports.ts';
import { race } from '../conformance/race.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const textOf = ({ bytes: body }: { readonly bytes: Uint8Array }) => new TextDecoder().decode(body);

/** What every Objects must do. `root` is `s3://<bucket>/<prefix>/`, and nothing else writes below it. */
export function objectsContract(given: () => { readonly objects: Objects; readonly root: string }): void {
  const at = (name: string) => `${given().root}${name}`;
  const put = async (name: string, body: string) => (await given().objects.put(at(name), bytes(body))).etag ?? '';
  const read = async (name: string) => textOf(await given().objects.get(at(name)));

  it('gives back what was put, with its size and its etag', async () => {
    const { won, etag } = await given().objects.put(at('plain'), bytes('hello'));
    expect(won).toBe(true);
    const { bytes: body, ...head } = await given().objects.get(at('plain'));
    expect(new TextDecoder().decode(body)).toBe('hello');
    expect(head).toEqual({ uri: at('plain'), etag, sizeBytes: 5 });
    expect(await given().objects.head(at('plain'))).toEqual(head);
  });

  it('keeps its own copy of the bytes', async () => {
    const body = bytes('before');
    await given().objects.put(at('copied'), body);
    body.fill(0);
    expect(await read('copied')).toBe('before');
  });

  it.each([
    [0, 3, '012'],
    [3, 4, '3'],
    [7, 100, '789'],
    [4, 4, ''],
    [10, 12, ''],
  ])('reads the bytes from %i up to %i', async (start, end, text) => {
    const etag = await put('digits', '0123456789');
    const body = await given().objects.get(at('digits'), { start, end, etag });
    expect(textOf(body)).toBe(text);
    expect(body).toMatchObject({ sizeBytes: 10, etag });
  });

  it('may read into memory that it is given, and answers with no more than was read', async () => {
    const etag = await put('into', '0123456789');
    const into = bytes('................');
    expect(textOf(await given().objects.get(at('into'), { start: 2, end: 5, etag, into }))).toBe('234');
    expect(textOf(await given().objects.get(at('into'), { start: 8, end: 20, into }))).toBe('89');
  });

  it('keeps objects without bytes', async () => {
    await put('empty', '');
    expect(await given().objects.get(at('empty'))).toMatchObject({ sizeBytes: 0, bytes: new Uint8Array() });
    expect((await given().objects.get(at('empty'), { start: 0, end: 8 })).bytes).toHaveLength(0);
  });

  it.each([
    [0, 2],
    [2, 2],
    [9, 12],
  ])('refuses the range %i to %i of an object that is not the one that was planned with', async (start, end) => {
    const etag = await put('planned', 'one');
    await put('planned', 'two');
    await expect(given().objects.get(at('planned'), { start, end, etag })).rejects.toMatchObject({
      code: 'LS_INPUT_CHANGED',
    });
  });

  it('says that an object does not exist', async () => {
    await expect(given().objects.get(at('missing'))).rejects.toMatchObject({ code: 'LS_DATA_UNREADABLE' });
    await expect(given().objects.get(at('missing'), { start: 0, end: 1 })).rejects.toMatchObject({
      code: 'LS_DATA_UNREADABLE',
    });
    expect(await given().objects.head(at('missing'))).toBeUndefined();
  });

  it('creates an object for the first who comes, and tells the second what is there', async () => {
    const first = await given().objects.put(at('created'), bytes('first'), { ifMatch: 'absent' });
    expect(first.won).toBe(true);
    const second = await given().objects.put(at('created'), bytes('second'), { ifMatch: 'absent' });
    expect(second).toEqual({ won: false, etag: first.etag });
    expect(await read('created')).toBe('first');
  });

  it('takes the same bytes of another writer for that writer’s', async () => {
    await given().objects.put(at('same'), bytes('same'), { ifMatch: 'absent' });
    expect((await given().objects.put(at('same'), bytes('same'), { ifMatch: 'absent' })).won).toBe(false);
  });

  it('lets one of 24 racing creators win', async () => {
    const outcome = await race(24, async (index) => {
      const { won } = await given().objects.put(at('raced'), bytes(`writer ${index}`), { ifMatch: 'absent' });
      return won ? [`writer ${index}`] : [];
    });
    expect(outcome.lost).toEqual([]);
    expect(outcome.won.flat()).toEqual([await read('raced')]);
  });

  it('replaces the version that was read and no other', async () => {
    const first = await put('pointer', 'one');
    const second = await given().objects.put(at('pointer'), bytes('two'), { ifMatch: first });
    expect(second.won).toBe(true);
    const stale = await given().objects.put(at('pointer'), bytes('three'), { ifMatch: first });
    expect(stale).toEqual({ won: false, etag: second.etag });
    expect(await read('pointer')).toBe('two');
  });

  it('replaces nothing where nothing is', async () => {
    const etag = await put('elsewhere', 'x');
    expect(await given().objects.put(at('nowhere'), bytes('y'), { ifMatch: etag })).toEqual({
      won: false,
      etag: undefined,
    });
    expect(await given().objects.head(at('nowhere'))).toBeUndefined();
  });

  const MIB = 2 ** 20;
  /** Pieces whose ends are no ends of parts; each byte tells its place. */
  async function* pieces(sizeBytes: number, pieceBytes = 700_001): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < sizeBytes; at += pieceBytes) {
      yield Uint8Array.from({ length: Math.min(pieceBytes, sizeBytes - at) }, (_, i) => ((at + i) * 31) >> 3);
    }
  }

  async function collected(chunks: AsyncIterable<Uint8Array>): Promise<readonly Uint8Array[]> {
    const all: Uint8Array[] = [];
    for await (const chunk of chunks) all.push(chunk);
    return all;
  }

  it.each([0, 1, 5 * MIB, 19 * MIB])('uploads %i bytes as they come', async (sizeBytes) => {
    const head = await given().objects.upload(at('uploaded'), pieces(sizeBytes), { sizeBytes });
    expect(head).toMatchObject({ uri: at('uploaded'), sizeBytes });
    expect(await given().objects.head(at('uploaded'))).toEqual(head);
    const expected = Buffer.concat(await collected(pieces(sizeBytes)));
    const { bytes: stored } = await given().objects.get(at('uploaded'));
    expect(Buffer.compare(stored, expected)).toBe(0);
  });

  it('uploads an object whose size is not known before', async () => {
    await given().objects.upload(at('unknown'), pieces(17 * MIB));
    expect(await given().objects.head(at('unknown'))).toMatchObject({ sizeBytes: 17 * MIB });
  });

  it('leaves what is there as it was when the bytes of an upload fail', async () => {
    await put('kept', 'before');
    async function* broken() {
      yield* pieces(9 * MIB);
      throw new Error('the task has gone');
    }
    await expect(given().objects.upload(at('kept'), broken())).rejects.toThrow('the task has gone');
    expect(await read('kept')).toBe('before');
  });

  it('ends an upload when it is told to', async () => {
    const ended = new AbortController();
    async function* endless() {
      for (;;) {
        yield new Uint8Array(MIB);
        if (!ended.signal.aborted) ended.abort(new Error('no longer wanted'));
      }
    }
    const upload = given().objects.upload(at('ended'), endless(), { signal: ended.signal });
    await expect(upload).rejects.toThrow('no longer wanted');
    expect(await given().objects.head(at('ended'))).toBeUndefined();
  });

  it('lists what begins with a URI, in the order of its bytes', async () => {
    const names = ['list/B', 'list/_x', 'list/a/1', 'list/a/2', 'list/é'];
    for (const name of [...names].reverse()) await put(name, name);
    await put('listed-not', 'x');
    const found: string[] = [];
    for await (const { uri, sizeBytes } of given().objects.list(at('list/'))) {
      found.push(uri);
      expect(sizeBytes).toBe(new TextEncoder().encode(uri.slice(given().root.length)).length);
    }
    expect(found).toEqual(names.map(at));
    for await (const { uri } of given().objects.list(at('nothing/'))) throw new Error(`found ${uri}`);
  });

  it('deletes many objects, also such that are not there', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `doomed/${index}`);
    await Promise.all(names.map((name) => put(name, name)));
    await given().objects.delete([...names, 'doomed/never'].map(at));
    await given().objects.delete([]);
    for await (const { uri } of given().objects.list(at('doomed/'))) throw new Error(`${uri} is still there`);
    expect(await given().objects.head(at('doomed/0'))).toBeUndefined();
  });
}
