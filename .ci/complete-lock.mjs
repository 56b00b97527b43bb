// Completes package-lock.json after it was made against a registry that does not hold every platform's packages.
//
// npm leaves an optional package out of the lock if the registry cannot show it, and `npm ci` then refuses the lock
// because it is missing. This adds such packages with the exact version that their parent names and with the platform
// that their name says, which is all that `npm ci` needs to skip them here and to fetch them where they fit.
// With --check it writes nothing and fails if something is missing.
import { readFileSync, writeFileSync } from 'node:fs';

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
if (process.argv.includes('--check')) {
  for (const name of added) process.stderr.write(`package-lock.json lacks ${name}: run node .ci/complete-lock.mjs\n`);
  process.exitCode = added.length === 0 ? 0 : 1;
} else if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
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
