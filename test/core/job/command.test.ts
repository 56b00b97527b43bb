import { describe, expect, test } from 'vitest';
import { packageFile } from '#core/job/command.ts';

describe('the file of the code package that a command runs', () => {
  test.each([
    { command: ['./train.sh', '--fast'], file: './train.sh' },
    { command: ['bin/train'], file: 'bin/train' },
    { command: ['node', 'train.mjs', '--epochs', '3'], file: 'train.mjs' },
    { command: ['python3.12', 'train.py'], file: 'train.py' },
    { command: ['python', '-m', 'trainer'], file: undefined },
    { command: ['node', '-e', 'process.exit(1)'], file: undefined },
    { command: ['bash', '/opt/site/train.sh'], file: undefined },
    { command: ['/usr/bin/true'], file: undefined },
    { command: ['nvidia-smi'], file: undefined },
    { command: ['node'], file: undefined },
    { command: [], file: undefined },
  ])('$command', ({ command, file }) => {
    expect(packageFile(command)).toBe(file);
  });
});
