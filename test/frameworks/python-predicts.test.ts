/** The Python program of docs/inference.md, as it stands there: run in a cloud, and by itself over the same file. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockstep, processesAfter, stateFolder } from '../e2e/command.ts';
import { installed, isMissing } from './training.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/inference.md'), 'utf8');
const [, SECTION = ''] = PAGE.split('\n## A Python program\n');
const block = (language: string): string =>
  SECTION.match(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``))?.[1] ?? '';

const MAKE = `
import numpy as np, pyarrow as pa
rows = np.random.default_rng(3).normal(1.75, 0.1, 5000)
table = pa.table({"id": np.arange(5000), "height": rows})
with pa.ipc.new_file("people.arrow", table.schema) as file:
    file.write_table(table, max_chunksize=1024)
`;

const ALONE = `
import json, pyarrow as pa
from predict import load, predict
given, out = load(), []
with pa.ipc.open_file("people.arrow") as file:
    for i in range(file.num_record_batches):
        batch = file.get_batch(i)
        answer = predict(batch, given)
        out += zip(batch["id"].to_pylist(), answer["label"].tolist(), answer["score"].tolist())
print(json.dumps(out))
`;

const READ = `
import json, pyarrow as pa
rows = pa.ipc.open_file("out.arrow").read_all().to_pylist()
print(json.dumps([[row["id"], row["prediction"]["label"], row["prediction"]["score"]] for row in rows]))
`;

let folder: string;
let home: ReturnType<typeof stateFolder>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-predicts-'));
  home = stateFolder();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  home.remove();
});

const python = (source: string): string =>
  execFileSync(join(installed.bin, 'python3'), ['-c', source], { cwd: folder }).toString();

test.skipIf(isMissing('base'))('a Python program gives in a run what it gives by itself, row for row', async () => {
  writeFileSync(join(folder, 'predict.py'), block('python'));
  writeFileSync(join(folder, 'infer.yaml'), block('yaml').replace('./.venv', join(installed.bin, '..')));
  python(MAKE);
  const planned = await lockstep(home.path, ['plan', 'infer.yaml'], folder).ended;
  expect(planned.stdout, planned.stderr).toContain(`run by ${join(installed.bin, '..')}`);
  expect(planned.stdout).toContain('prediction: label: utf8 or null, score: float64 or null');

  const { summary, stderr } = await lockstep(home.path, ['infer', 'infer.yaml', '--json'], folder).ended;
  expect(summary, stderr).toMatchObject({ ok: true, rowsPredicted: 5000 });
  expect(await processesAfter(home.path, 10_000)).toEqual([]);
  const read = await lockstep(home.path, ['read', 'latest', '--to', join(folder, 'out.arrow')], folder).ended;
  expect(read.code, read.stderr).toBe(0);
  expect(JSON.parse(python(READ))).toEqual(JSON.parse(python(ALONE)));

  const { code, stderr: refusal } = await lockstep(
    home.path,
    ['infer', 'infer.yaml', '--stack', 'prod', '--outputs', 'outputs.json'],
    folder,
  ).ended;
  expect(code).not.toBe(0);
  expect(refusal).toMatch(/LS_JOB_INVALID[\s\S]*needs a Python[\s\S]*without --stack, or export the model to ONNX/);
});
