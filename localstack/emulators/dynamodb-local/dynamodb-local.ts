import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Guardian } from '#adapters/process/guardian.ts';
import { cached } from '../cache-folder.ts';
import { runCommand } from '../command.ts';
import { Missing } from '../emulator.ts';
import { fetchedFrom } from '../registry.ts';

/** Amazon's DynamoDB Local, which listens on 127.0.0.1 only. */
export interface DynamoDbLocal {
  /** Holds `DynamoDBLocal.jar`, to be run with `java -jar` in this folder, and what it needs beside it. */
  readonly folder: string;
  readonly javaHome: string;
}

/** The package of npm that carries the jar; its dependencies, 300 MB of them, are not installed. */
const PACKAGE = 'amplify-dynamodb-simulator@2.9.30';
const LAUNCHER = join(import.meta.dirname, 'LoopbackDdb.java');
const JAVA_MAJOR = 17;

/**
 * Fetches it from npm and puts a launcher before it, once; then it is taken from the cache. Missing without a JDK.
 * Amazon's licence lets its customers use it for their tests; it is fetched from where it is published, never shipped.
 */
export async function dynamoDbLocal(guardian: Guardian, log: string): Promise<DynamoDbLocal> {
  const javaHome = await findJdk();
  const folder = await cached('dynamodb-local-1.25.1', [LAUNCHER], async (draft) => {
    const run = (command: readonly string[]) => runCommand(guardian, command, { log, cwd: draft });
    await fetchedFrom('the registry of npm', () => run(['npm', 'pack', '--loglevel=error', PACKAGE]));
    const archive = readdirSync(draft).find((file) => file.endsWith('.tgz')) ?? '';
    await run(['tar', 'xzf', archive]);
    const emulator = join(draft, 'package', 'emulator');
    cpSync(join(emulator, 'DynamoDBLocal_lib'), join(draft, 'DynamoDBLocal_lib'), { recursive: true });
    copyFileSync(join(emulator, 'DynamoDBLocal.jar'), join(draft, 'DynamoDBLocal-real.jar'));
    for (const notice of readdirSync(emulator).filter((file) => file.endsWith('.txt'))) {
      copyFileSync(join(emulator, notice), join(draft, notice));
    }
    mkdirSync(join(draft, 'classes'));
    const classPath = 'DynamoDBLocal-real.jar:DynamoDBLocal_lib/*';
    await run([join(javaHome, 'bin', 'javac'), '-d', 'classes', '-cp', classPath, LAUNCHER]);
    writeFileSync(join(draft, 'manifest'), manifest(readdirSync(join(draft, 'DynamoDBLocal_lib'))));
    await run([join(javaHome, 'bin', 'jar'), 'cfm', 'DynamoDBLocal.jar', 'manifest', '-C', 'classes', '.']);
    await run(['rm', '-r', archive, 'package', 'classes', 'manifest']);
  });
  return { folder, javaHome };
}

/** A line holds 72 bytes at most; the lines that go on with it begin with a space. */
function manifest(libraries: readonly string[]): string {
  const jars = libraries.filter((file) => file.endsWith('.jar')).map((file) => `DynamoDBLocal_lib/${file}`);
  const path = `Class-Path: DynamoDBLocal-real.jar ${jars.join(' ')}`;
  const folded = path.match(/.{1,70}/g)?.join('\n ') ?? path;
  return `Main-Class: LoopbackDdb\nPremain-Class: LoopbackDdb\n${folded}\n`;
}

async function findJdk(): Promise<string> {
  const found = await promisify(execFile)('javac', ['-version']).catch(() => undefined);
  const major = Number(/javac (\d+)/.exec(`${found?.stdout}${found?.stderr}`)?.[1]);
  if (!(major >= JAVA_MAJOR)) throw new Missing(`no JDK of at least ${JAVA_MAJOR} on the PATH (javac)`);
  const { stdout } = await promisify(execFile)('sh', ['-c', 'command -v javac']);
  return realpathSync(stdout.trim()).replace(/\/bin\/javac$/, '');
}
