import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ObjectJournal } from '../../../localstack/embedded/s3/object-journal.ts';
import type { StoredObject } from '../../../localstack/embedded/s3/stored-object.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const object = (key: string, body = 'b'): StoredObject => ({
  ...{ key, body, sizeBytes: 1, etag: 'e', modifiedAt: 5 },
  headers: { 'x-amz-meta-a': 'line\nend' },
});
const journal = () => new ObjectJournal(folder);
const lines = () => readFileSync(join(folder, 'objects.jsonl'), 'utf8').split('\n').length - 1;

it('has what was written last, and nothing that was removed, after it is opened again', () => {
  expect(journal().open().size).toBe(0);
  const first = journal();
  first.put(object('a\n/ü', '1'));
  first.put(object('gone'));
  first.put(object('a\n/ü', '2'));
  first.remove('gone');
  first.remove('never there');
  expect([...journal().open()]).toEqual([['a\n/ü', object('a\n/ü', '2')]]);
  expect(lines()).toBe(1);
});

it('leaves out a line that a crash cut short, and writes whole lines behind it', () => {
  const first = journal();
  first.open();
  first.put(object('whole'));
  appendFileSync(join(folder, 'objects.jsonl'), '{"put":{"key":"half');
  const second = journal();
  expect([...second.open().keys()]).toEqual(['whole']);
  second.put(object('next'));
  expect([...journal().open().keys()]).toEqual(['whole', 'next']);
});
