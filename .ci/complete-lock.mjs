// Completes package-lock.json after it was made against a registry that does not hold every platform's packages.
//
// npm leaves an optional package out of the lock if the registry cannot show it, and `npm ci` then refuses the lock
// because it is missing. This adds such packages with the exact version that their parent names and with the platform
// that their name says, which is all that `npm ci` needs to skip them here and to fetch them where they fit.
// It also takes the engines away from packages that refuse the Node that npm may run on (package.json, `engines`) and take
// the one that Lockstep brings and runs on: npm would warn of each of them at every installation, for nothing.
// With --check it writes nothing and fails if something is missing or would be warned of.
import { readFileSync, writeFileSync } from 'node:fs';
import { NODE_MAJOR } from '../cli/node-program.mjs';

/** The oldest Node that the project can be installed with. */
const INSTALLS_ON = Number(
  /\d+/.exec(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).engines.node),
);

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const CPU = ['arm64', 'arm', 'x64', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32'];

const added = [];
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (isLocked(path, name)) continue;
    if (!/^\d/.test(version)) throw new Error(`${path || 'the project'} names ${name} by the range ${version}`);
    added.push(name);
    lock.packages[`node_modules/${name}`] = {
      version,
      ...platformOf(name),
      optional: true,
      ...(parent.dev ? { dev: true } : {}),
    };
  }
}
const warned = Object.entries(lock.packages).filter(([path, { engines }]) => path !== '' && isForRuntimeAlone(engines));
for (const [, one] of warned) delete one.engines;

if (process.argv.includes('--check')) {
  for (const name of added) process.stderr.write(`package-lock.json lacks ${name}: run node .ci/complete-lock.mjs\n`);
  for (const [path] of warned) process.stderr.write(`npm ci would warn of ${path}: run node .ci/complete-lock.mjs\n`);
  process.exitCode = added.length + warned.length === 0 ? 0 : 1;
} else if (added.length + warned.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
}

/** `>=22.5.0` and the like: more than the Node that the project can be installed with, and no more than it runs on. */
function isForRuntimeAlone(engines) {
  const [, least] = /^>=\s*(\d+)(\.\d+)*$/.exec(engines?.node ?? '') ?? [];
  return least !== undefined && Number(least) > INSTALLS_ON && Number(least) <= NODE_MAJOR;
}

/** As Node resolves: in the package's own folder, then in each one above it. */
function isLocked(path, name) {
  for (let from = path; ; from = from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/')))) {
    if (lock.packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`]) return true;
    if (from === '') return false;
  }
}

function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = OS.find((each) => words.includes(each));
  const cpu = CPU.find((each) => words.includes(each));
  if (os === undefined || cpu === undefined) throw new Error(`cannot tell the platform of ${name}`);
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc';
  return { cpu: [cpu], ...(os === 'linux' ? { libc: [libc] } : {}), os: [os] };
}
