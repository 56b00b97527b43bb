import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchOf, fileBytes } from '../../formats/arrow/files.ts';
import { planProgram, predictByProgram } from './program-runs.ts';
import { hasPackage, PYARROW_PYTHON } from './python-with-pyarrow.ts';
import { BUCKET, newJob, newWorld } from './world.ts';

const PROGRAM_URI = `s3://${BUCKET}/predict.py`;
const HAS_PYTHON = spawnSync('python3', ['--version']).status === 0;

let world: ReturnType<typeof newWorld>;
let folder: string;

beforeEach(async () => {
  world = newWorld();
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-python-'));
  await world.input('a.arrow', await fileBytes([batchOf(0, 5), batchOf(5, 3), batchOf(8, 100)]));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Setting {
  readonly python?: string;
  readonly timeoutS?: number;
}

const job = ({ python = PYARROW_PYTHON ?? 'python3', timeoutS = 30 }: Setting = {}) =>
  newJob({
    ...{ model: PROGRAM_URI, limits: { ...newJob().limits, partitionBytes: 1024 ** 2 } },
    predict: { kind: 'python', as: 'prediction', timeoutS, python },
  });

const plan = (source: string, setting?: Setting) => planProgram(world, job(setting), source);
const predict = (source: string, setting?: Setting) => predictByProgram(world, job(setting), source);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

const untilGone = async (pid: number): Promise<boolean> => {
  for (let i = 0; i < 100 && isAlive(pid); i++) await sleep(50);
  return !isAlive(pid);
};

const HEAD = 'import numpy as np\nimport pyarrow as pa\n';

describe.skipIf(PYARROW_PYTHON === undefined)('a Python program that predicts', () => {
  it('is a function of one batch, which is given what load returned once', async () => {
    const { rows, text } = await predict(`${HEAD}
loads = 0
def load():
    global loads
    loads += 1
    return {"add": 100, "loads": loads}

def predict(batch, given):
    ids = batch["id"].to_numpy()
    print("not among the answers")
    return {
        "label": [f"row {id}" for id in ids],
        "score": (ids / 2 + given["add"]).astype(np.float32),
        "loads": np.full(len(ids), given["loads"], np.int8),
    }
`);
    expect(text).toBe('label: utf8 or null, score: float32 or null, loads: int32 or null');
    expect(rows).toHaveLength(108);
    for (const { id, ...rest } of rows) {
      expect(rest).toEqual({ label: `row ${id}`, score: Number(id) / 2 + 100, loads: 1 });
    }
  });

  it('is a generator over all batches, which may cut what it gives as it likes', async () => {
    const { rows } = await predict(`${HEAD}
def predict(batches):
    held = []
    for batch in batches:
        held += batch["id"].to_pylist()
        while len(held) >= 7:
            yield pa.table({"twice": [2 * i for i in held[:7]], "odd": [i % 2 == 1 for i in held[:7]]})
            held = held[7:]
    yield pa.table({"twice": pa.array([2 * i for i in held], pa.int64()), "odd": pa.array([i % 2 == 1 for i in held], pa.bool_())})
`);
    expect(rows).toHaveLength(108);
    for (const { id, twice, odd } of rows)
      expect([twice, odd]).toEqual([BigInt(Number(id)) * 2n, Number(id) % 2 === 1]);
  });

  it.each([
    ['a record batch', 'pa.RecordBatch.from_pydict({"y": pa.array(ids, pa.int64())})', 'y: int64 or null'],
    ['a struct array', 'pa.StructArray.from_arrays([pa.array(ids)], ["y"])', 'y: int64 or null'],
    ['an array', 'pa.array(ids)', 'value: int64 or null'],
    ['a dictionary array', 'pa.array([str(i) for i in ids]).dictionary_encode()', 'value: utf8 or null'],
    ['numpy values', 'np.asarray(ids, np.float16)', 'value: float32 or null'],
    ['a matrix of numpy', 'np.outer(ids, [1, -1]).astype(np.float32)', 'value: float32[2]'],
    ['lists', '{"pair": [[float(i), 0.0] for i in ids]}', 'pair: float64[2]'],
    [
      'an object for each row',
      '[{"y": i, "z": None if i % 2 else "even"} for i in ids]',
      'y: int64 or null, z: utf8 or null',
    ],
  ])('may return %s', async (_name, returned, expected) => {
    const { rows, text } = await predict(`${HEAD}
def predict(batch):
    ids = batch["id"].to_pylist()
    return ${returned}
`);
    expect(text).toBe(expected);
    for (const { id, ...rest } of rows) {
      const [first, second] = Object.values(rest);
      const n = Number(id);
      if (typeof first === 'object') expect([...(first as Iterable<number>)][0]).toBe(n);
      else expect(Number(first)).toBe(n);
      if ('z' in rest) expect(second).toBe(n % 2 === 1 ? null : 'even');
    }
  });

  const LIBRARIES = [
    ['pandas', 'a data frame', 'pandas.DataFrame({"y": np.array(ids, np.float32), "z": texts})', 'float32'],
    ['pandas', 'columns', '{"y": pandas.Series(ids, dtype="int32"), "z": pandas.Series(texts)}', 'int32'],
    ['polars', 'a data frame', 'polars.DataFrame({"y": np.array(ids, np.float32), "z": texts})', 'float32'],
    ['polars', 'columns', '{"y": polars.Series(ids, dtype=polars.Int16), "z": polars.Series(texts)}', 'int32'],
    [
      'torch',
      'a tensor',
      '{"y": torch.tensor(ids, dtype=torch.float32, requires_grad=True) * 1, "z": texts}',
      'float32',
    ],
  ] as const;
  for (const [library, what, returned, type] of LIBRARIES) {
    it.runIf(hasPackage(library))(`may return ${what} of ${library}, whose types and nulls stay`, async () => {
      const { rows, text } = await predict(`${HEAD}import ${library}
def predict(batch):
    ids = batch["id"].to_pylist()
    texts = [None if i % 2 else f"row {i}" for i in ids]
    return ${returned}
`);
      expect(text).toBe(`y: ${type} or null, z: utf8 or null`);
      expect(rows).toHaveLength(108);
      for (const { id, y, z } of rows) expect([y, z]).toEqual([Number(id), Number(id) % 2 === 1 ? null : `row ${id}`]);
    });
  }

  it('gives what the same program gives by itself, with numpy over lists', async () => {
    const source = `${HEAD}
def load():
    return np.random.default_rng(7).normal(size=(3, 2)).astype(np.float32)

def predict(batch, weights):
    x = np.stack(batch["x"].to_numpy(zero_copy_only=False))
    width = min(x.shape[1], 3)
    return {"y": x[:, :width] @ weights[:width]}
`;
    const { rows } = await predict(source);
    const alone = `${source}
import sys, json
out = []
file = pa.ipc.open_file(sys.argv[1])
for i in range(file.num_record_batches):
    out += predict(file.get_batch(i), load())["y"].tolist()
print(json.dumps(out))
`;
    const [program, data] = [join(folder, 'alone.py'), join(folder, 'a.arrow')];
    writeFileSync(program, alone);
    writeFileSync(data, await fileBytes([batchOf(0, 5), batchOf(5, 3), batchOf(8, 100)]));
    const expected = JSON.parse(execFileSync(PYARROW_PYTHON as string, [program, data]).toString());
    expect(rows.map(({ y }) => [...(y as Iterable<number>)])).toEqual(expected);
  });

  it.each([
    ['fewer rows', 'return pa.array([1] * min(batch.num_rows, 64))', /returned 64 rows for a batch of 100/],
    [
      'other fields',
      'return {"y" if batch.num_rows > 64 else "x": [1] * batch.num_rows}',
      /returned `y: int64`, the plan of this run has `x: int64`/,
    ],
    [
      'another type',
      'return {"x": [1.5 if batch.num_rows > 64 else 1] * batch.num_rows}',
      /returned `x: double`|returned `x: float64`, the plan/,
    ],
    [
      'an error',
      'if batch.num_rows > 64: raise ValueError("too many")\n    return [1] * batch.num_rows',
      /record batch 2: rows 0 to 99: predict.py raised ValueError:[\s\S]*line 4, in predict[\s\S]*raise ValueError[\s\S]*too many/,
    ],
    [
      'the end of its process',
      'import os\n    if batch.num_rows > 64:\n        print("going"); os._exit(3)\n    return [1] * batch.num_rows',
      /rows 0 to 99: its process ended with exit status 3; the last that it printed:\ngoing/,
    ],
    [
      'a signal',
      'import os, signal\n    if batch.num_rows > 64: os.kill(os.getpid(), signal.SIGSEGV)\n    return [1] * batch.num_rows',
      /rows 0 to 99: its process ended with signal SIGSEGV/,
    ],
    [
      'its exit',
      'import sys\n    if batch.num_rows > 64: sys.exit("no more")\n    return [1] * batch.num_rows',
      /predict.py raised SystemExit/,
    ],
    [
      'bytes among its answers',
      'import os\n    if batch.num_rows > 64: os.write(4, b"\\xff" * 64)\n    return [1] * batch.num_rows',
      /it wrote among its answers, on descriptor 4/,
    ],
  ])('is refused where it gives %s later', async (_name, body, message) => {
    await expect(predict(`${HEAD}def predict(batch):\n    ${body}\n`)).rejects.toMatchObject({
      code: expect.stringMatching(/^LS_PREDICT(ION_FAILED|ION_MISCOUNTED|OR_DIED)$/),
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['fewer rows', '[1] * (batch.num_rows - (batch.num_rows > 64))', /no predictions for the last 1 rows/],
    ['more rows', '[1] * (batch.num_rows + (batch.num_rows > 64))', /1 rows more than it was given/],
  ])('is refused where a generator gives %s over a partition', async (_name, returned, message) => {
    const source = `def predict(batches):\n    for batch in batches:\n        yield ${returned}\n`;
    await expect(predict(source)).rejects.toMatchObject({
      code: 'LS_PREDICTION_MISCOUNTED',
      message: expect.stringMatching(message),
    });
  });

  it('is killed with what it started where it never answers, and named with its rows', async () => {
    const source = `${HEAD}
import subprocess, time, os
def predict(batch):
    if batch.num_rows > 64:
        child = subprocess.Popen(["sleep", "600"])
        open(${JSON.stringify(join(folder, 'pids'))}, "w").write(f"{os.getpid()} {child.pid}")
        time.sleep(600)
    return [1] * batch.num_rows
`;
    await expect(predict(source, { timeoutS: 5 })).rejects.toMatchObject({
      code: 'LS_PREDICTION_TIMEOUT',
      message: expect.stringMatching(/record batch 2: rows 0 to 99: it gave nothing for 5 s/),
    });
    for (const pid of readFileSync(join(folder, 'pids'), 'utf8').split(' ')) {
      expect(await untilGone(Number(pid))).toBe(true);
    }
  });

  it('stays for the next partition, and goes when what opened it is closed', async () => {
    const pids = JSON.stringify(join(folder, 'pids'));
    await predict(`
import os
def load():
    open(${pids}, "a").write(f"{os.getpid()}\\n")
def predict(batch, nothing):
    return [1] * batch.num_rows
`);
    const [pid, ...others] = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
    expect(others).toEqual([]);
    expect(isAlive(pid as number)).toBe(true);
    await world.ports.predictors.close();
    expect(await untilGone(pid as number)).toBe(true);
  });

  it.each([
    ['without a function', 'def predic(batch): return 1', /expected a function `predict`, got predic/],
    [
      'with an error of its own',
      'def load():\n    raise RuntimeError("no weights")\ndef predict(b, w): pass',
      /RuntimeError:[\s\S]*line 2, in load[\s\S]*no weights/,
    ],
    ['that is no Python', 'def predict(batch:\n', /raised SyntaxError:[\s\S]*predict.py", line 1/],
    [
      'with an import of a file beside it',
      'import my_own_features\ndef predict(b): pass',
      /No module named 'my_own_features'[\s\S]*the file is shipped alone/,
    ],
    ['that is asynchronous', 'async def predict(batch): pass', /expected a `def predict`, got an `async def`/],
    ['that never loads', 'import time\ntime.sleep(600)\n', /it gave nothing for 5 s/],
  ])('is refused when a run is planned: one %s', async (_name, source, message) => {
    await expect(plan(source, { timeoutS: 5 })).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['nothing', 'None', /returned nothing, expected/],
    ['columns of two lengths', '{"a": [1, 2], "b": [1]}', /2 values of `a` and 1 of `b`/],
    [
      'two columns of one name',
      'pa.RecordBatch.from_arrays([batch["id"], batch["id"]], ["a", "a"])',
      /two columns of one name/,
    ],
    ['lists of two lengths', '[[0] * (i % 2) for i in range(batch.num_rows)]', /lists of 0 and of 1/],
    ['values of two types', '[1 if i % 2 else "one" for i in range(batch.num_rows)]', /what is no column as `value`/],
    ['times', 'pa.array([0] * batch.num_rows, pa.timestamp("s"))', /returned timestamp\[s\] as `value`/],
    ['nothing but nulls', '[None] * batch.num_rows', /nothing but nulls as `value`/],
    ['more than 64 bits', 'np.full(batch.num_rows, 2**63, np.uint64)', /returned uint64 as `value`/],
    ['another number of rows', '[1]', /returned 1 rows for a batch of 5/],
  ])('is refused when a run is planned where it returns %s', async (_name, returned, message) => {
    await expect(plan(`${HEAD}def predict(batch):\n    return ${returned}\n`)).rejects.toMatchObject({
      code: expect.stringMatching(/^LS_PREDICT(ION_FAILED|ION_MISCOUNTED|OR_DIED)$/),
      message: expect.stringMatching(message),
    });
  });
});

describe('the interpreter of a Python program', () => {
  it('is named where there is none, with the two ways out', async () => {
    await expect(plan('', { python: '/nowhere/python3' })).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(
        /\/nowhere\/python3 cannot be started.*run the job on this machine.*export the model to ONNX/,
      ),
    });
  });

  it.skipIf(!HAS_PYTHON)('is named with what to install where it has no pyarrow', async () => {
    execFileSync('python3', ['-m', 'venv', '--without-pip', join(folder, 'bare')]);
    await expect(plan('', { python: join(folder, 'bare') })).rejects.toMatchObject({
      code: 'LS_MODEL_UNREADABLE',
      message: expect.stringMatching(/needs pyarrow \(.*\): run `.*bare.*python.* -m pip install pyarrow`/),
    });
  });
});
