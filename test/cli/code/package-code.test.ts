import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpack } from '#adapters/archive/unpack.ts';
import { LEFT_BEHIND_FILE } from '#core/launch/left-behind.ts';
import { type CodePackage, packageCode } from '../../../cli/code/package-code.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-package-')));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
}

interface Choice {
  readonly files?: readonly string[];
  readonly except?: readonly string[];
  readonly module?: string;
  readonly command?: readonly string[];
}

function made({ files = [], except = [], module, command = ['ls'] }: Choice): Promise<CodePackage | undefined> {
  const at = (path: string) => resolve(folder, path);
  const source = { file: at('job.yaml'), folder, files: files.map(at), except: except.map(at) };
  return packageCode({ ...source, ...(module !== undefined && { module: at(module) }) }, { command, env: {} });
}

/** What a code package holds once a host has unpacked it, and what people are told of it. */
interface Packed {
  readonly at: string;
  readonly paths: readonly string[];
  readonly said: string;
  /** What the package says of files that are not in it. */
  readonly left: readonly string[];
}

async function packed(choice: Choice): Promise<Packed> {
  await using code = await made(choice);
  const at = mkdtempSync(join(tmpdir(), 'lockstep-unpacked-'));
  unpackedFolders.push(at);
  writeFileSync(join(at, '.tgz'), code === undefined ? '' : await buffer(code.chunks()));
  await unpack(join(at, '.tgz'), at);
  rmSync(join(at, '.tgz'));
  const list = join(at, LEFT_BEHIND_FILE);
  const left = existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [];
  rmSync(list, { force: true });
  const paths = readdirSync(at, { recursive: true }).map(String).sort();
  return { at, paths, said: (code?.lines ?? []).join('\n'), left };
}

const unpackedFolders: string[] = [];
afterEach(() => {
  for (const one of unpackedFolders.splice(0)) rmSync(one, { recursive: true });
});

const refusal = (code: string, message: RegExp, remedy = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message), remedy: expect.stringMatching(remedy) });

describe('the code package', () => {
  it('holds a module as one file that runs by itself beside the packages with native code', async () => {
    write({
      'part.ts': 'export const word: string = "hello";\n',
      'task.ts': `import { Tensor } from 'onnxruntime-node';
        import { encodeModel } from 'lockstep/task';
        import { word } from './part.ts';
        console.log(word, typeof encodeModel, typeof Tensor);`,
    });
    const { at, paths } = await packed({ module: 'task.ts', command: ['node', 'task.mjs'] });
    expect(paths).toEqual(['task.mjs']);
    symlinkSync(resolve('node_modules'), join(at, 'node_modules'));
    const output = execFileSync(process.execPath, ['task.mjs'], { cwd: at, encoding: 'utf8' });
    expect(output).toBe('hello function function\n');
  });

  it('holds files and folders at their places, and the script that the command runs', async () => {
    write({ 'data/deep/words.txt': 'a b c', 'run.sh': 'echo hi', 'other.txt': '' });
    mkdirSync(join(folder, 'data/empty'));
    const { at, paths } = await packed({ files: ['data'], command: ['sh', 'run.sh'] });
    expect(paths).toEqual(['data', 'data/deep', 'data/deep/words.txt', 'data/empty', 'run.sh']);
    expect(readFileSync(join(at, 'data/deep/words.txt'), 'utf8')).toBe('a b c');
  });

  it('keeps what may be executed, and names that look like a way out', async () => {
    write({ '..x': 'dots', '...': 'more', 'a b\n"c"': 'odd', [`${'long/'.repeat(60)}é`]: 'far' });
    chmodSync(join(folder, '..x'), 0o755);
    const { at, paths } = await packed({ files: ['..x', '...', 'a b\n"c"', 'long'] });
    expect(paths).toEqual(expect.arrayContaining(['...', '..x', 'a b\n"c"', `${'long/'.repeat(60)}é`]));
    expect(() => execFileSync('test', ['-x', join(at, '..x')])).not.toThrow();
    expect(() => execFileSync('test', ['-x', join(at, '...')])).toThrow();
  });

  it('is the same bytes for the same files, whenever they were written and in whatever order', async () => {
    write({ 'a/x.py': '1', 'b/y.py': '2' });
    await using first = await made({ files: ['a', 'b'] });
    rmSync(folder, { recursive: true });
    write({ 'b/y.py': '2', 'a/x.py': '1' });
    await using second = await made({ files: ['b', 'a'] });
    expect(second?.sha256).toBe(first?.sha256);
    write({ 'a/x.py': '3' });
    await using third = await made({ files: ['a', 'b'] });
    expect(third?.sha256).not.toBe(first?.sha256);
  });

  it('is not needed for a program of the host', async () => {
    expect(await made({ command: ['nvidia-smi'] })).toBeUndefined();
  });

  it('leaves nothing on the disk', async () => {
    write({ 'a.py': '' });
    const drafts = () => readdirSync(tmpdir()).filter((name) => name.startsWith('lockstep-code-'));
    const before = drafts();
    await (await made({ files: ['a.py'] }))?.[Symbol.asyncDispose]();
    await expect(made({ files: ['a.py', 'b.py'] })).rejects.toThrow();
    expect(drafts().filter((name) => !before.includes(name))).toEqual([]);
  });
});

describe('of a folder that is named as a whole', () => {
  it('leaves out what is no code and says so, but takes it where it is named', async () => {
    write({
      'a.py': '',
      'node_modules/x/index.js': '',
      '.git/HEAD': '',
      'p/__pycache__/p.pyc': '',
      'q/__pycache__/q': '',
    });
    const { paths, said } = await packed({ files: ['.'] });
    expect(paths).toEqual(['a.py', 'p', 'q']);
    expect(said).toBe('code package: 1 file, 0 bytes: a.py\nleft out: .git, node_modules, 2 × __pycache__');
    expect((await packed({ files: ['.', 'node_modules'] })).paths).toContain('node_modules/x/index.js');
  });

  it('says what lies beside the program and does not travel', async () => {
    write({ 'train.py': 'import model', 'model.py': '', 'job.yaml': '', 'data/a.csv': '', 'notes.md': '', '.env': '' });
    const { paths, said } = await packed({ command: ['python3', 'train.py'] });
    expect(paths).toEqual(['model.py', 'train.py']);
    expect(said).toContain('not taken along: data, notes.md; name in task.files what the tasks read of it');
  });

  it('leaves out what the job excepts', async () => {
    write({ 'a.py': '', 'data/raw/big': '', 'data/small': '' });
    expect((await packed({ files: ['.'], except: ['data/raw'] })).paths).toEqual(['a.py', 'data', 'data/small']);
  });

  it.each(['pyvenv.cfg', 'conda-meta/history'])(
    'leaves out a virtual environment, known by %s, with a way out',
    async (mark) => {
      write({ 'train.py': '', [`env/${mark}`]: '', 'env/bin/python': '' });
      const { paths, said } = await packed({ files: ['.'] });
      expect(paths).toEqual(['train.py']);
      expect(said).toMatch(/left out: env, a virtual environment.*pip install --target/);
      await expect(made({ files: ['env'] })).rejects.toEqual(
        refusal('LS_CODE_REFUSED', /^env is a virtual environment/, /pip/),
      );
    },
  );

  it('leaves out pipes and sockets without waiting for them, and refuses them by name', async () => {
    write({ 'a.py': '' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 's'));
    await new Promise((ready) => server.once('listening', ready));
    try {
      const { paths, said } = await packed({ files: ['.'] });
      expect(paths).toEqual(['a.py']);
      expect(said.split('\n').slice(1)).toEqual(['left out: pipe, a pipe', 'left out: s, a socket']);
      await expect(made({ files: ['pipe'] })).rejects.toEqual(refusal('LS_CODE_REFUSED', /^pipe is a pipe/));
      await expect(made({ files: ['s'] })).rejects.toEqual(refusal('LS_CODE_REFUSED', /^s is a socket/));
    } finally {
      server.close();
    }
  });
});

describe('a symbolic link', () => {
  it('stays a link where what it leads to travels too, also if it was absolute', async () => {
    write({ 'lib/a.py': 'a', 'data/x': 'x' });
    symlinkSync('../lib/a.py', join(folder, 'data/relative'));
    symlinkSync(join(folder, 'lib'), join(folder, 'data/absolute'));
    symlinkSync('.', join(folder, 'lib/self'));
    const { at } = await packed({ files: ['data', 'lib'] });
    const link = (path: string) => readlinkSync(join(at, path));
    expect([link('data/relative'), link('data/absolute'), link('lib/self')]).toEqual(['../lib/a.py', '../lib', '.']);
    expect(readFileSync(join(at, 'data/absolute/a.py'), 'utf8')).toBe('a');
  });

  it('is followed where what it leads to does not travel, within the folder or outside of it, and that is said', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'lockstep-outside-'));
    unpackedFolders.push(outside);
    writeFileSync(join(outside, 'model.py'), 'model');
    symlinkSync('model.py', join(outside, 'again.py'));
    write({ 'lib/a.py': 'a', 'data/x': 'x' });
    symlinkSync('../lib/a.py', join(folder, 'data/near'));
    symlinkSync(outside, join(folder, 'data/far'));
    const { at, paths, said } = await packed({ files: ['data'] });
    expect(paths).toEqual(['data', 'data/far', 'data/far/again.py', 'data/far/model.py', 'data/near', 'data/x']);
    expect(readFileSync(join(at, 'data/near'), 'utf8')).toBe('a');
    expect(readFileSync(join(at, 'data/far/again.py'), 'utf8')).toBe('model');
    expect(said).toContain(`taken along in place of the links to it: data/far (${realpathSync(outside)}), data/near`);
  });

  it('may be a part of the way to a file that is named', async () => {
    write({ 'lib/a.py': 'a', 'lib/b.py': 'b' });
    symlinkSync('lib', join(folder, 'link'));
    expect((await packed({ files: ['link/a.py'] })).paths).toEqual(['link', 'link/a.py']);
    expect((await packed({ files: ['.', 'link/a.py'] })).paths).toContain('link/b.py');
  });

  it('is left out where it leads to nothing, and refused if it is named', async () => {
    write({ 'a.py': '' });
    symlinkSync('nowhere', join(folder, 'b'));
    symlinkSync('loop', join(folder, 'loop'));
    const { paths, said } = await packed({ files: ['.'] });
    expect(paths).toEqual(['a.py']);
    expect(said).toContain('left out: b, loop, which links to nothing');
    await expect(made({ files: ['b'] })).rejects.toEqual(refusal('LS_CODE_REFUSED', /^b is a link to nothing/));
  });

  it('is refused where its content would hold itself', async () => {
    write({ 'a/b/x.py': '' });
    symlinkSync('../..', join(folder, 'a/b/up'));
    await expect(made({ files: ['a/b'] })).rejects.toEqual(
      refusal('LS_CODE_REFUSED', /^a\/b\/up is a link to .* itself/),
    );
  });
});

describe('what cannot travel', () => {
  it('is named where it is not there or lies outside', async () => {
    await expect(made({ files: ['absent.csv'] })).rejects.toEqual(
      refusal('LS_JOB_COMMAND_MISSING', /absent\.csv does not exist/),
    );
    await expect(made({ files: ['../x.csv'] })).rejects.toEqual(
      refusal('LS_JOB_COMMAND_MISSING', /lies outside of the folder/, /link/),
    );
  });

  it('is a file that is written to while it is read', async () => {
    write({ 'log.txt': 'x'.repeat(50_000_000) });
    const writing = setInterval(() => appendFileSync(join(folder, 'log.txt'), 'more'), 1);
    try {
      await expect(made({ files: ['.'] })).rejects.toEqual(
        refusal('LS_CODE_REFUSED', /^log\.txt changes while it is read/, /"!log\.txt"/),
      );
    } finally {
      clearInterval(writing);
    }
  });

  it('is what is too large, with the places that make it so', async () => {
    write({ 'train.py': '', 'data/a.bin': '', 'b.bin': '' });
    // Holes: they take no space and no time.
    truncateSync(join(folder, 'data/a.bin'), 900 * 2 ** 20);
    truncateSync(join(folder, 'b.bin'), 200 * 2 ** 20);
    await expect(made({ files: ['.'] })).rejects.toEqual(
      refusal(
        'LS_CODE_TOO_LARGE',
        /1\.1 GiB, expected at most 1\.0 GiB.*data\/ 900\.0 MiB, b\.bin 200\.0 MiB/,
        /"!PATH"/,
      ),
    );
    expect((await packed({ files: ['.'], except: ['data', 'b.bin'] })).paths).toEqual(['train.py']);
  });

  it.skipIf(!canBeNobody())('is what this user may not read', () => {
    write({ 'secret.py': 'x' });
    chmodSync(join(folder, 'secret.py'), 0o600);
    chmodSync(folder, 0o755);
    const main = resolve('cli/code/package-code.ts');
    const said = asNobody(`import { packageCode } from ${JSON.stringify(main)};
      const source = { file: '', folder: ${JSON.stringify(folder)}, files: [${JSON.stringify(folder)}], except: [] };
      await packageCode(source, { command: ['ls'], env: {} }).catch(({ code, message }) => console.log(code, message));
      source.files = [];
      const command = ['python3', 'secret.py'];
      await packageCode(source, { command, env: {} }).catch(({ code, message }) => console.log(code, message));`);
    expect(said).toMatch(/^LS_CODE_REFUSED EACCES: permission denied, access '.*secret\.py'/);
    expect(said).toMatch(/\nLS_CODE_REFUSED EACCES: permission denied, open '.*secret\.py'/);
  });

  it('is a name that is not UTF-8', async () => {
    execFileSync('sh', ['-c', String.raw`touch "$(printf 'caf\351')"`], { cwd: folder });
    await expect(made({ files: ['.'] })).rejects.toEqual(refusal('LS_CODE_REFUSED', /not UTF-8/));
  });
});

describe('what stays behind', () => {
  it('is listed in the package, but for what nobody misses by name', async () => {
    write({ 'train.py': '', 'loss.py': '', 'data/words.txt': '', 'data/.hidden': '', 'venv/pyvenv.cfg': '' });
    write({ 'venv/lib/a.py': '', '__pycache__/b.pyc': '', 'job.yaml': '', 'pkg/a.py': '', 'pkg/b.py': '' });
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const { left, paths } = await packed({ files: ['train.py', 'pkg'], except: ['pkg/b.py'] });
    expect(paths).toEqual(['pkg', 'pkg/a.py', 'train.py']);
    expect(left).toEqual(['loss.py', 'data/words.txt', 'pkg/b.py']);
    expect((await packed({ files: ['.'] })).left).toEqual([]);
  });
});

function asNobody(program: string): string {
  const uid = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  return execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    ...{ ...uid, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  });
}

/** Root may read everything, so the program runs as somebody else, who must be able to read this folder. */
function canBeNobody(): boolean {
  try {
    return (
      existsSync('package.json') && asNobody(`await import(${JSON.stringify(resolve('cli/code/place.ts'))})`) === ''
    );
  } catch {
    return false;
  }
}
