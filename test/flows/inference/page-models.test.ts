/**
 * The models that docs/inference.md exports, each by its own library, over the table that the page describes, against what the
 * library predicts itself. It takes the code and the job from the page; only data and imports are put around them. Runs with
 * the Python that LOCKSTEP_TEST_PYTHON names, and says which libraries it has not.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Float64, Table, vectorFromArray } from 'apache-arrow';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InferenceState } from '#core/inference/state.ts';
import { readCommitted } from '#flows/inference/read-committed.ts';
import { remoteInferJob } from '#formats/job/remote-job.ts';
import { commitInference } from '../../../functions/commit-inference.ts';
import { inferOne } from '../../../functions/infer-partition.ts';
import { planInference } from '../../../functions/plan-inference.ts';
import { fileBytes } from '../../formats/arrow/files.ts';
import { predictByProgram } from './program-runs.ts';
import { hasPackage, PYARROW_PYTHON } from './python-with-pyarrow.ts';
import { INPUT_URI, MODEL_URI, newJob, newWorld, unhurried } from './world.ts';

/** Each starts a library that takes seconds: not for every `npm test`. */
const IS_ASKED = process.env.LOCKSTEP_TEST_PYTHON !== undefined && PYARROW_PYTHON !== undefined;

const page = readFileSync('docs/inference.md', 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'lockstep-page-models-'));
afterAll(() => rmSync(folder, { recursive: true }));

let world: ReturnType<typeof newWorld>;
beforeEach(() => {
  world = newWorld();
});
afterEach(() => world.close());

/** The first block of a language below a heading. */
function block(heading: string, language: 'python' | 'yaml'): string | undefined {
  const section = page.split(`# ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? '';
  return new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(section)?.[1];
}

/** Ninety rows around three points, and what their classes are called: every library separates them. */
const DATA = `
import json, numpy as np, pyarrow as pa, pyarrow.feather as feather
random = np.random.default_rng(3)
classes = np.arange(90) % 3
features = (random.normal(0, 0.6, (90, 4)) + np.eye(3, 4)[classes] * 3).astype("float32")
cultivars = np.array(["barbera", "barolo", "grignolino"])[classes]
vectors = pa.FixedSizeListArray.from_arrays(features.ravel(), 4)
feather.write_feather(pa.table({"x": vectors}), "wines.arrow", compression="uncompressed")
`;

interface Example {
  readonly heading: string;
  readonly packages: string;
  readonly before: string;
  /** Sets \`labels\` and \`scores\` to what the library says. */
  readonly after: string;
}

const EXAMPLES: readonly Example[] = [
  {
    heading: 'scikit-learn',
    packages: 'sklearn, skl2onnx',
    before: 'from sklearn.linear_model import LogisticRegression',
    after: 'file = "wine.onnx"; labels = model.predict(features); scores = model.predict_proba(features).max(1)',
  },
  {
    heading: 'XGBoost',
    packages: 'xgboost, onnxmltools',
    before: `
from xgboost import XGBClassifier as Classifier
fitted = Classifier(n_estimators=5, max_depth=2)
class XGBClassifier:
    def fit(self, *of):
        return fitted.fit(*of)
`,
    after: `
file = "boosted.onnx"
open(file, "wb").write(model.SerializeToString())
labels, scores = fitted.predict(features), fitted.predict_proba(features).max(1)
`,
  },
  {
    heading: 'PyTorch',
    packages: 'torch, onnx',
    before: `
import torch
torch.manual_seed(0)
network = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
optimizer = torch.optim.Adam(network.parameters(), 0.05)
for _ in range(60):
    optimizer.zero_grad()
    torch.nn.functional.cross_entropy(network(torch.from_numpy(features)), torch.from_numpy(classes)).backward()
    optimizer.step()
network.eval()
`,
    after: `
file = "network.onnx"
shares = torch.softmax(network(torch.from_numpy(features)), 1).detach().numpy()
labels, scores = np.array(["barbera", "barolo", "grignolino"])[shares.argmax(1)], shares.max(1)
`,
  },
];

/** The page's own job, or the fields of one that it shows, over what was written here. */
function jobOf(yaml: string | undefined): string {
  const fields = (yaml ?? '').replace(/^(?:kind|name|model|input):.*\n/gm, '');
  return `kind: infer\nname: page\nmodel: ${MODEL_URI}\ninput: []\n${fields}`;
}

describe.runIf(IS_ASKED)('a model that the page exports', () => {
  it.for(EXAMPLES)('is predicted as $heading does itself', { timeout: 120_000 }, async (example, { skip }) => {
    const { heading, packages, before, after } = example;
    if (!hasPackage(packages)) {
      const why = `${PYARROW_PYTHON} has not all of ${packages}`;
      console.log(`skipped: the page's example of ${heading}, because ${why}`);
      skip(why);
    }
    const code = block(heading, 'python');
    const said =
      'json.dump({"file": file, "labels": labels.tolist(), "scores": scores.tolist()}, open("said.json", "w"))';
    writeFileSync(join(folder, 'export.py'), [DATA, before, code, after, said].join('\n'));
    execFileSync(PYARROW_PYTHON as string, ['export.py'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    const expected: { file: string; labels: (string | number)[]; scores: number[] } = JSON.parse(
      readFileSync(join(folder, 'said.json'), 'utf8'),
    );

    await world.objects.put(MODEL_URI, readFileSync(join(folder, expected.file)));
    await world.input('wines.arrow', readFileSync(join(folder, 'wines.arrow')));
    const job = remoteInferJob(jobOf(block(heading, 'yaml')), 'the page', INPUT_URI);
    const planned = (await planInference(await world.started('r', job), world.ports)) as InferenceState;
    for (const task of await world.items('r')) await inferOne(world.ports, task, unhurried);
    const { manifestUri } = await commitInference(planned, world.ports);
    const rows: { label: string | bigint; score: number }[] = [];
    for await (const batch of (await readCommitted(world, manifestUri as string)).batches()) {
      for (const row of batch) rows.push(row?.prediction.toJSON());
    }
    const labels = rows.map(({ label }) => (typeof label === 'string' ? label : Number(label)));
    expect(labels).toEqual(expected.labels);
    expect(new Set(labels).size).toBe(3);
    for (const [i, { score }] of rows.entries()) expect(score).toBeCloseTo(expected.scores[i] as number, 4);
  });
});

describe.runIf(IS_ASKED)('the Python program of the page', () => {
  it('predicts as it says', { timeout: 60_000 }, async () => {
    const heights = Array.from({ length: 50 }, (_, i) => 1.5 + i / 100);
    const table = new Table({ height: vectorFromArray(heights, new Float64()) });
    await world.input('people.arrow', await fileBytes(table.batches));
    const predict = { kind: 'python', as: 'prediction', timeoutS: 30, python: PYARROW_PYTHON as string } as const;
    const job = newJob({ model: 's3://data/programs/predict.py', predict });
    const { rows, text } = await predictByProgram(world, job, block('A Python program', 'python') as string);
    expect(text).toBe('label: utf8 or null, score: float64 or null');
    expect(rows.map(({ label, score }) => [label, score])).toEqual(
      heights.map((height) => [height > 1.8 ? 'tall' : 'short', height]),
    );
  });
});
