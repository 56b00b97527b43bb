import { afterEach, expect, it } from 'vitest';
import { LEFT_BEHIND_FILE } from '#core/launch/left-behind.ts';
import { type LocalGang, localGang } from '../../bench/local-gang.ts';
import { archiveOf } from './archive-of.ts';

let gang: LocalGang | undefined;
afterEach(() => gang?.close());

it('names the file beside the job that a task has missed, in the verdict, and leaves no list among the files', async () => {
  const program = `
    if (require('node:fs').readdirSync('.').some((name) => name.endsWith('.json'))) throw new Error('the list is there');
    require('node:fs').readFileSync('data/names.txt');`;
  const code = await archiveOf({ 't.cjs': program, [LEFT_BEHIND_FILE]: '["data/names.txt","t2.cjs"]' });
  gang = await localGang({ hosts: 1, tasksPerHost: 1, command: ['node', 't.cjs'], code });
  const { cause } = await gang.over();
  expect(cause).toMatchObject({
    kind: 'task-failed',
    exit: {
      message: expect.stringMatching(
        /^Error: ENOENT.*'data\/names\.txt' \(data\/names\.txt lies beside the job file and was not taken along: add data\/names\.txt to task\.files\)\n/,
      ),
    },
  });
});
