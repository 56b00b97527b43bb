import { describe, expect, test } from 'vitest';
import { type Program, programsOf, programsOfScript } from '#core/job/command/programs.ts';

const shown = (programs: readonly Program[]): readonly string[] =>
  programs.map((one) => (one.kind === 'module' ? `-m ${one.name}` : `${one.path}${one.isCertain ? '' : '?'}`));

const words = (line: string): readonly string[] => line.split(' ');

describe("the user's programs that a command starts", () => {
  test.each([
    ['./train.sh --fast', ['./train.sh']],
    ['bin/train', ['bin/train']],
    ['python3 train.py --epochs 3', ['train.py']],
    ['python3 -u train.py', ['train.py']],
    ['python3.12 -W ignore -X dev src/train.py', ['src/train.py']],
    ['/usr/bin/python3 train.py', ['train.py']],
    ['python3 -m pkg.train --lr 0.1', ['-m pkg.train']],
    ['python3 -um pkg.train', ['-m pkg.train']],
    ['python3 train.py -m model', ['train.py']],
    ['python3 -c pass', []],
    ['python3 -', []],
    ['python3', []],
    ['python3 /opt/site/train.py', []],
    ['env X=1 Y=a/b python3 t.py', ['t.py']],
    ['env -u HOME python3 t.py', ['t.py']],
    ['nice -n 10 timeout -k 5 3600 python3 t.py', ['t.py']],
    ['torchrun --standalone --nproc-per-node=2 d.py', ['d.py']],
    ['torchrun --nnodes 2 --nproc-per-node 4 src/d.py --config c.yaml', ['src/d.py']],
    ['torchrun --nproc-per-node 2 -m pkg.d', ['-m pkg.d']],
    ['python3 -m torch.distributed.run --nproc-per-node 2 d.py', ['d.py']],
    ['accelerate launch --config_file a.yaml x.py', ['x.py']],
    ['deepspeed --num_gpus 2 x.py --deepspeed ds.json', ['x.py']],
    ['mpirun --allow-run-as-root -np 4 --mca btl tcp,self python3 t.py', ['t.py']],
    ['mpirun -np 2 --hostfile hosts/all.txt bin/solve', ['bin/solve']],
    ['mpirun -np 2 hostname', []],
    ['horovodrun -np 2 python t.py', ['t.py']],
    ['uv run t.py', ['t.py']],
    ['uv run python t.py', ['t.py']],
    ['poetry run python -m pkg', ['-m pkg']],
    ['node --max-old-space-size=4096 t.mjs', ['t.mjs']],
    ['node --import ./hook.mjs t.mjs', ['t.mjs']],
    ['node -e process.exit(1)', []],
    ['bun run t.ts', ['t.ts']],
    ['bash train.sh', ['train.sh']],
    ['bash -x train.sh', ['train.sh']],
    ['Rscript fit.R', ['fit.R']],
    ['nvidia-smi', []],
    ['/usr/bin/true', []],
    ['node', []],
  ])('%s: %j', (line, programs) => {
    expect(shown(programsOf(words(line)))).toEqual(programs);
  });

  test('none for no command', () => {
    expect(programsOf([])).toEqual([]);
  });

  test.each([
    ['python train.py --lr 0.1', ['train.py?']],
    ['X=1 exec python3 -u "my train.py" | tee log.txt', ['my train.py?']],
    ["echo 'python no.py' && ./run.sh; python -m pkg.a # python not.py", ['./run.sh?', '-m pkg.a']],
    ['cd src && python train.py', ['src/train.py?']],
    ['cd /opt && python train.py', []],
    ['python \\\n  train.py', ['train.py?']],
    ['torchrun --nproc-per-node=$N "$SCRIPT"', []],
    ['if true; then python a.py; fi', ['a.py?']],
    ['X=1; for i in 1 2; do python a.py $i; done', ['a.py?']],
  ])('in the text of a shell, %j: %j', (text, programs) => {
    expect(shown(programsOf(['sh', '-c', text]))).toEqual(programs);
    expect(shown(programsOf(['bash', '-euxc', text]))).toEqual(programs);
    expect(shown(programsOfScript(`#!/bin/sh\nset -e\n${text}\n`))).toEqual(programs);
  });
});
