import { expect, it } from 'vitest';
import { inputName, inSendersWords } from '#core/inference/sent-job.ts';
import { runObjects } from '#core/objects/addresses.ts';

const at = runObjects({ bucket: 'data', runId: 'flowers-1' });
const sent = { inputs: ['2024/rows.parquet', '../2025/rows.parquet', 'a b (1).arrow'], model: 'predict.ts' };
const words = (text: string) => inSendersWords(text, sent, at);
const address = (index: number) => at.input(inputName(index, sent.inputs[index] ?? ''));

it('keeps the order of files, and two of one name apart', () => {
  expect(sent.inputs.map((path, i) => inputName(i, path))).toEqual([
    '000000-rows.parquet',
    '000001-rows.parquet',
    '000002-a b (1).arrow',
  ]);
});

it('calls files and model what whoever sent them calls them, wherever a text names them', () => {
  expect(words(`${address(0)}: cut off`)).toBe('2024/rows.parquet: cut off');
  expect(words(`${address(1)} and ${address(0)} differ from ${address(2)}, not ${address(1)}`)).toBe(
    '../2025/rows.parquet and 2024/rows.parquet differ from a b (1).arrow, not ../2025/rows.parquet',
  );
  expect(words(`the model ${at.model} was overwritten`)).toBe('the model predict.ts was overwritten');
});

it('leaves alone what was not sent with the run: another run, another bucket, a number that no file has', () => {
  const others = [
    address(0).replace('flowers-1', 'flowers-2'),
    address(0).replace('s3://data', 's3://lake'),
    at.input('000007-rows.parquet'),
    'input/000000-rows.parquet',
  ];
  for (const text of others) expect(words(text)).toBe(text);
});
