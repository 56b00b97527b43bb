/** The stand-in for ssh between the hosts of a gang, by a program that asks as mpirun does. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type LocalGang, localGang } from '../../bench/local-gang.ts';
import { processesAfter } from '../e2e/command.ts';
import { hasPython, PACKAGE } from '../python/python.ts';

let folder: string;
let gang: LocalGang | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-test-mpirun-'));
});
afterEach(async () => {
  await gang?.close();
  gang = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Two hosts with a program that is called mpirun. */
async function runs(script: string) {
  const mpirun = join(folder, 'mpirun');
  writeFileSync(mpirun, `#!/bin/sh\n${script}\n`);
  chmodSync(mpirun, 0o755);
  gang = await localGang({
    ...{ hosts: 2, tasksPerHost: 1, command: [mpirun], deadlineS: 60 },
    ...{ env: { PYTHONPATH: PACKAGE, FOLDER: folder }, restarts: { user: 0, infrastructure: 0, preemption: 0 } },
  });
  const { phase, cause } = await gang.over();
  const logs = join(gang.folder, 'i-0', 'logs', '0');
  return {
    phase,
    cause,
    said: readdirSync(logs)
      .map((name) => readFileSync(join(logs, name), 'utf8'))
      .join(''),
  };
}

const SHELL = '$OMPI_MCA_plm_rsh_agent -x -l nobody';

it.runIf(hasPython)(
  'runs commands on the other host, with what they say and how they end',
  async () => {
    const { phase, said } = await runs(`
    cat $OMPI_MCA_orte_default_hostfile
    test "$PRTE_MCA_plm_ssh_agent" = "$OMPI_MCA_plm_rsh_agent" || exit 9
    ${SHELL} i-1 'echo rank $LOCKSTEP_RANK;' 'echo loud >&2; exit 7'
    echo ended with $?
    ${SHELL} localhost echo here is $LOCKSTEP_RANK`);
    expect(phase, said).toBe('SUCCEEDED');
    expect(said).toMatch(/localhost slots=1\ni-1 slots=1\n/);
    expect(said).toMatch(/rank 1\n/);
    expect(said).toMatch(/loud\n/);
    expect(said).toMatch(/ended with 7\nhere is 0\n/);
  },
  60_000,
);

it.runIf(hasPython)(
  'starts nothing for who has not the secret, and leaves nothing of an attempt that failed',
  async () => {
    const { phase, cause, said } = await runs(`
    sed 's/"secret": "[0-9a-f]*"/"secret": "0"/' $LOCKSTEP_MPI_PEERS > $FOLDER/peers
    LOCKSTEP_MPI_PEERS=$FOLDER/peers ${SHELL} i-1 echo stolen; echo refused with $?
    ${SHELL} i-1 "cd $FOLDER; sleep 300" & sleep 1; exit 5`);
    expect(phase).toBe('FAILED');
    expect(cause).toMatchObject({ rank: 0, exit: { code: 5 } });
    expect(said).toMatch(/refused with 255/);
    expect(said).not.toMatch(/stolen/);
    expect(await processesAfter(folder, 5_000)).toEqual([]);
  },
  60_000,
);
