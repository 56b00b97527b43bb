import { describe, expect, it } from 'vitest';
import { parseDocumentText } from '#formats/job/document.ts';

const JOB = `kind: train
name: digits
gang:
  hosts: 2
  tasksPerHost: 1
  instanceTypes: [g5.xlarge]
task:
  command: [sh, run.sh]
`;
const parsed = (...set: readonly string[]) =>
  parseDocumentText(JOB, 'job.yaml', set) as unknown as Record<string, never>;

describe('a field that the command line sets', () => {
  it('takes the place of the one in the file, as YAML, the last one last', () => {
    expect(parsed('gang.hosts=4', 'gang.hosts=8')).toMatchObject({ gang: { hosts: 8, tasksPerHost: 1 } });
    expect(parsed('gang.instanceTypes=[p5.48xlarge, g5.xlarge]')).toMatchObject({
      gang: { instanceTypes: ['p5.48xlarge', 'g5.xlarge'] },
    });
    expect(parsed('gang.instanceTypes[0]=p5.48xlarge')).toMatchObject({ gang: { instanceTypes: ['p5.48xlarge'] } });
  });

  it('may be one that the file does not have, and hold an equals sign', () => {
    expect(parsed('limits.graceS=30', 'task.env.FLAGS=--lr=0.1')).toMatchObject({
      ...{ limits: { graceS: 30 }, task: { env: { FLAGS: '--lr=0.1' } } },
    });
  });

  it('is held to the schema as any other, with the name that may be meant', () => {
    expect(() => parsed('gang.hots=4')).toThrow(/gang: unknown key "hots"; did you mean "hosts"/);
    expect(() => parsed('gang.hosts=many')).toThrow(/gang\.hosts: expected .*got "many"/);
  });

  it.each(['gang.hosts', '=4', 'gang..hosts=4', 'gang[x]=4', 'name.first=a'])('is refused as %s', (text) => {
    expect(() => parsed(text)).toThrow(expect.objectContaining({ code: 'LS_USAGE' }));
  });
});
