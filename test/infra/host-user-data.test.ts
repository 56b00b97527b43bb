import { describe, expect, it } from 'vitest';
import { hostUserData } from '../../infra/host-user-data.ts';

describe("a host's first boot", () => {
  const script = hostUserData({
    ...{ agentAsset: { bucket: 'assets', key: 'agent.zip' }, table: 't', bucket: 'b', deployment: 'd', region: 'r' },
  });
  const lines = script.split('\n');

  const service = lines.slice(lines.indexOf('[Service]'), lines.indexOf('UNIT'));

  it('ties every task to the agent, also one in a session of its own: the control group ends with it', () => {
    expect(service).toContain('KillMode=control-group');
  });

  it('lets the agent make a control group for each attempt', () => {
    expect(service).toContain('Delegate=yes');
  });

  it('powers the host off however the agent ends', () => {
    expect(lines).toContain('SuccessAction=poweroff');
    expect(lines).toContain('FailureAction=poweroff');
  });
});
