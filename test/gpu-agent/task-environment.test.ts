import { expect, test } from 'vitest';
import type { AttemptOptions } from '../../gpu-agent/attempt-options.ts';
import { taskEnvironment } from '../../gpu-agent/task-environment.ts';

const PATHS = {
  rank: 1,
  token: 't',
  socketPath: '/s',
  folder: '/scratch/tasks/1',
  errorFile: '/scratch/tasks/1/e.json',
};

/** The environment of rank 1 of two tasks of one host. */
function environment(
  env: Readonly<Record<string, string>>,
  agent: NodeJS.ProcessEnv = { PATH: '/usr/bin:/bin' },
  venv?: string,
) {
  const tasks = [0, 1].map((rank) => ({ rank, localRank: rank, accelerators: [String(rank)] }));
  const host = { ...{ instanceId: 'i-0', bootId: 'b', nonce: 'n' }, ...{ address: '127.0.0.1', port: 1, tasks } };
  const options = {
    roster: { runId: 'r', attempt: 0, hosts: [host], masterAddress: '127.0.0.1', masterPort: 29_500 },
    job: {
      task: { command: ['x'], env },
      gang: {},
      limits: { restarts: { user: 1, infrastructure: 1, preemption: 1 } },
    },
    ...{ instanceId: 'i-0', accelerators: { vendor: 'nvidia', addresses: ['0', '1'] }, env: agent },
    workspace: { root: '/scratch', bin: '/scratch/task-bin', cache: '/cache', environment: venv },
    pythonFolder: '/agent/python',
  } as unknown as AttemptOptions;
  return taskEnvironment(options, PATHS);
}

test('PATH and PYTHONPATH of a job are put in front of what is there, and take nothing away', () => {
  const env = environment({ PATH: '/venv/bin:$PATH', PYTHONPATH: 'src:' });
  expect(env.PATH).toBe('/venv/bin:/scratch/task-bin:/usr/bin:/bin');
  expect(env.PYTHONPATH).toBe('src:/agent/python:/agent/python/lockstep/startup');
  expect(environment({}).PATH).toBe('/scratch/task-bin:/usr/bin:/bin');
  expect(environment({}).PYTHONPATH).toBe('/agent/python:/agent/python/lockstep/startup');
});

test('other variables of a job win over those of the launchers, but not over what ties a task to its agent', () => {
  const env = environment({ OMP_NUM_THREADS: '8', LOCKSTEP_SOCKET: '/elsewhere' });
  expect(env).toMatchObject({ OMP_NUM_THREADS: '8', LOCKSTEP_SOCKET: '/s', RANK: '1', CUDA_VISIBLE_DEVICES: '0,1' });
});

test('credentials and settings of the agent are not inherited, and HOME is', () => {
  const env = environment({}, { AWS_SECRET_ACCESS_KEY: 'x', NOTIFY_SOCKET: '/n', LOCKSTEP_TABLE: 't', HOME: '/root' });
  expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  expect(env).not.toHaveProperty('NOTIFY_SOCKET');
  expect(env).not.toHaveProperty('LOCKSTEP_TABLE');
  expect(env.HOME).toBe('/root');
  expect(environment({}).HOME).toBe('/scratch');
});

test('the environment of the job comes before the Python of the host, and after what the job itself puts in front', () => {
  const env = environment({ PATH: '/own' }, { PATH: '/usr/bin' }, '/cache/python/k-1');
  expect(env.PATH).toBe('/own:/scratch/task-bin:/cache/python/k-1/bin:/usr/bin');
  expect(env.VIRTUAL_ENV).toBe('/cache/python/k-1');
  expect(environment({})).not.toHaveProperty('VIRTUAL_ENV');
});

test('models and wheels are kept where later attempts and runs find them, unless the job or the host says otherwise', () => {
  expect(environment({})).toMatchObject({ HF_HOME: '/cache/huggingface', PIP_CACHE_DIR: '/cache/pip' });
  expect(environment({ HF_HOME: '/mine' }, { PIP_CACHE_DIR: '/theirs' })).toMatchObject({
    ...{ HF_HOME: '/mine', PIP_CACHE_DIR: '/theirs' },
  });
});
