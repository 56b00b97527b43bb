/** The command as a process: what it prints where, and its exit codes. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { testHome } from './command-context.ts';

const BIN = resolve('cli/lockstep.mjs');
const home = testHome();
const env = { ...process.env, LOCKSTEP_HOME: home.folder, NO_COLOR: '1' };
afterAll(() => home.remove());

const lockstep = (...args: readonly string[]) => lockstepWith({}, ...args);

function lockstepWith(more: NodeJS.ProcessEnv, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    ...{ env: { ...env, ...more }, encoding: 'utf8' },
  });
  return { status, stdout, stderr, last: () => JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') };
}

describe('the command line', () => {
  it.each([
    [['bogus'], /unknown command 'bogus'/],
    [['statsu'], /Did you mean status\?/],
    [['train'], /missing required argument 'job'/],
    [['train', 'a.yaml', '--chaoss'], /unknown option '--chaoss'[\s\S]*Did you mean --chaos\?/],
    [['status', '--cloud', 'moon'], /Allowed choices are local/],
    [['train', 'a.yaml', '--lr', '0.1'], /unknown option '--lr'/],
    [['train', 'a.yaml', 'b.yaml'], /expected one job file, got b\.yaml too/],
    [['logs', 'x', '--rank', 'one'], /expected a whole number/],
    [['logs', 'x', '--rank', '-1'], /expected a whole number from 0/],
    [['local', 'up', '--port', '70000'], /expected a whole number from 0 to 65000/],
    [['status', '--stack', 'Lockstep'], /expected both --stack and --outputs/],
    [['status', '--stack', 'A', '--outputs', '/none.json'], /--outputs \/none\.json: ENOENT/],
    [[], /no command was given/],
  ])('answers %j with LS_USAGE and exit code 2', (args, message) => {
    const { status, stderr, stdout } = lockstep(...args);
    expect(stderr).toMatch(/^LS_USAGE: /);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });

  it('names the help of the command at hand', () => {
    expect(lockstep('local', 'up', '--port', 'x').stderr).toContain('Run `lockstep local up --help`.');
    expect(lockstep('bogus').stderr).toContain('Run `lockstep --help`.');
  });

  it('tells its version, and nothing else', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(lockstep('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('removes every run only when somebody says yes', () => {
    const kept = join(home.runs, 'kept-1');
    mkdirSync(kept);
    const refused = lockstep('local', 'down', '--purge');
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('Say --yes') });
    expect(existsSync(kept)).toBe(true);
    expect(lockstep('local', 'down', '--purge', '--yes').status).toBe(0);
    expect(existsSync(kept)).toBe(false);
  });

  it('removes what the runs that are named left, or nothing where one of them goes on', () => {
    const run = (runId: string, pid: number) => {
      mkdirSync(join(home.runs, runId), { recursive: true });
      const begun = { runId, kind: 'train', startedAt: 1, pid };
      writeFileSync(join(home.runs, runId, 'run.json'), JSON.stringify(begun));
    };
    run('over-1', 2 ** 22 + 1);
    run('live-1', process.pid);
    expect(lockstep('runs', 'rm', 'over', 'live')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('goes on'),
    });
    expect(lockstep('runs', 'rm', 'over', '--json').last()).toEqual({ ok: true, removed: ['over-1'] });
    expect(readdirSync(home.runs)).toEqual(['live-1']);
    rmSync(join(home.runs, 'live-1'), { recursive: true });
  });

  it('prints a failure as one JSON object on the last line of standard output', () => {
    const { last, status, stderr } = lockstep('train', '/none.yaml', '--json');
    expect(last()).toEqual({
      ok: false,
      code: 'LS_JOB_NOT_FOUND',
      message: '/none.yaml: there is no such file',
      remedy: 'Check the path and its permissions.',
    });
    expect(stderr).toContain('LS_JOB_NOT_FOUND');
    expect(status).toBe(2);
  });

  it('has an exit code for each kind of error', () => {
    expect(lockstep('train', home.write('bad.yaml', 'kind: train')).status).toBe(3);
    const infer = { kind: 'infer', name: 'x', model: './none.onnx', input: ['./none'] };
    expect(lockstep('infer', home.write('infer.yaml', infer)).status).toBe(4);
    expect(lockstep('status', 'no-such-run').status).toBe(2);
  });

  it('names the command that a job of another kind is for', () => {
    const { last } = lockstep('infer', 'examples/digits/train.yaml', '--json');
    expect(last()).toMatchObject({ code: 'LS_USAGE', remedy: 'Run `lockstep train examples/digits/train.yaml`.' });
  });

  it('prints help on standard output and succeeds', () => {
    const { status, stdout } = lockstep('--help');
    expect(stdout).toContain('Usage: lockstep');
    expect(status).toBe(0);
  });

  it('outlives a reader of its output that leaves', async () => {
    const listing = spawn(process.execPath, [BIN, 'status'], { env });
    listing.stdout.destroy();
    expect((await ended(listing)).status).toBe(0);
    const failing = spawn(process.execPath, [BIN, 'train', '/none.yaml'], { env });
    failing.stderr.destroy();
    expect((await ended(failing)).status).toBe(2);
  });

  it.skipIf(!existsSync('/dev/full'))('is no success where its output could not be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [BIN, 'status'], {
      ...{ env, encoding: 'utf8' },
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect(stderr).toMatch(/^LS_STATE_UNUSABLE: .*ENOSPC/);
    expect(status).toBe(7);
  });

  it('lists no runs where there are none', () => {
    expect(lockstep('status').stdout).toBe('no runs\n');
    expect(lockstep('status', '--json').last()).toEqual({ ok: true, runs: [] });
  });
});

describe('the state folder', () => {
  it('is LS_STATE_UNUSABLE where it cannot be a folder', () => {
    const { last, status } = lockstepWith({ LOCKSTEP_HOME: home.write('a-file', 'text') }, 'status', '--json');
    expect(last()).toMatchObject({ ok: false, code: 'LS_STATE_UNUSABLE', message: expect.stringContaining('a-file') });
    expect(status).toBe(7);
  });

  it('is .lockstep, and never the working directory itself, where the variable is empty', () => {
    const cwd = join(home.jobs, 'project');
    mkdirSync(cwd);
    const inProject = (...args: readonly string[]) =>
      spawnSync(process.execPath, [BIN, ...args], { cwd, env: { ...env, LOCKSTEP_HOME: '' } }).status;
    // Those that only look leave no trace.
    for (const looks of [
      ['status'],
      ['models'],
      ['plan', resolve('examples/digits/train.yaml')],
      ['__complete', '--', ''],
    ]) {
      expect(inProject(...looks), looks[0]).toBe(0);
    }
    expect(readdirSync(cwd)).toEqual([]);
    expect(inProject('doctor')).toBe(0);
    expect(readdirSync(cwd)).toEqual(['.lockstep']);
    expect(readFileSync(join(cwd, '.lockstep/.gitignore'), 'utf8')).toBe('*\n');
  }, 120_000);

  it('that is a folder of somebody else is not hidden from their git', () => {
    const folder = join(home.jobs, 'theirs');
    mkdirSync(folder);
    expect(lockstepWith({ LOCKSTEP_HOME: folder }, 'doctor').status).toBe(0);
    expect(readdirSync(folder).sort()).toEqual(['clouds', 'models', 'runs']);
  });

  it('is listed without the runs whose result is damaged', () => {
    const folder = join(home.jobs, 'damaged');
    for (const run of ['half', 'whole']) mkdirSync(join(folder, 'runs', run), { recursive: true });
    writeFileSync(join(folder, 'runs/half/result.json'), '{"ok":tr');
    writeFileSync(join(folder, 'runs/whole/result.json'), '{"ok":true,"kind":"train","outputs":"file:///m"}');
    const { last } = lockstepWith({ LOCKSTEP_HOME: folder }, 'status', '--json');
    expect(last()).toMatchObject({ ok: true, runs: [{ runId: 'whole', state: 'succeeded' }] });
  });

  it('is all that `logs` looks into', () => {
    for (const run of ['..', '']) {
      expect(lockstep('logs', run, '--json').last()).toMatchObject({ ok: false, code: 'LS_RUN_NOT_FOUND' });
    }
  });
});

describe('lockstep local up', () => {
  it('is LS_PORT_BUSY where a port that was asked for is taken, and leaves nothing', async () => {
    const server = createServer();
    const port = await new Promise<number>((done) => {
      server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port));
    });
    const up = spawn(process.execPath, [BIN, 'local', 'up', '--port', String(port), '--json'], { env });
    const { status, stdout } = await ended(up);
    server.close();
    expect(JSON.parse(stdout)).toMatchObject({
      ok: false,
      code: 'LS_PORT_BUSY',
      message: expect.stringContaining(String(port)),
    });
    expect(status).toBe(2);
    expect(readdirSync(home.clouds)).toEqual([]);
  });

  it('stays up until `local down`, is found by other commands meanwhile, and comes up once only', async () => {
    const up = spawn(process.execPath, [BIN, 'local', 'up', '--json'], { env });
    const over = ended(up);
    const file = await firstLine(up);
    expect(file).toMatchObject({ ok: true, shared: true, outputs: { BucketName: expect.any(String) } });
    expect(lockstep('local', 'up', '--json').last()).toMatchObject({ ok: false, code: 'LS_USAGE' });
    expect(lockstep('cancel', 'no-such-run', '--json').last()).toMatchObject({ code: 'LS_RUN_NOT_FOUND' });
    expect(lockstep('local', 'down').stdout).toBe('The local cloud is down.\n');
    expect((await over).status).toBe(0);
    expect(readdirSync(home.clouds)).toEqual([]);
    expect(lockstep('local', 'down').stdout).toBe('No local cloud was up.\n');
  }, 60_000);

  it('that was killed is cleaned up by the next command', async () => {
    const up = spawn(process.execPath, [BIN, 'local', 'up', '--json'], { env });
    const over = ended(up);
    await firstLine(up);
    up.kill('SIGKILL');
    await over;
    expect(readdirSync(home.clouds)).toHaveLength(1);
    expect(lockstep('status').status).toBe(0);
    expect(readdirSync(home.clouds)).toEqual([]);
  }, 60_000);
});

async function ended(child: ChildProcess): Promise<{ status: number | null; stdout: string }> {
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return await new Promise((done) => child.once('close', (status) => done({ status, stdout })));
}

async function firstLine(child: ChildProcess): Promise<unknown> {
  let text = '';
  return await new Promise((done, fail) => {
    child.stdout?.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes('\n')) done(JSON.parse(text.slice(0, text.indexOf('\n'))));
    });
    child.once('close', (code) => fail(new Error(`ended with ${code} before its first line`)));
  });
}
