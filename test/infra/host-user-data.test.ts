import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostUserData } from '../../infra/host-user-data.ts';

describe("a host's first boot", () => {
  const script = hostUserData({
    ...{ agentAsset: { bucket: 'assets', key: 'agent.zip' }, table: 't', bucket: 'b', deployment: 'd', region: 'r' },
    agentRole: 'arn:aws:iam::1:role/agents',
  });
  const lines = script.split('\n');

  const service = lines.slice(lines.indexOf('[Service]'), lines.indexOf('UNIT'));

  it('ties every task to the agent, also one in a session of its own: the control group ends with it', () => {
    expect(service).toContain('KillMode=control-group');
  });

  it('lets the agent make a control group for each attempt', () => {
    expect(service).toContain('Delegate=yes');
  });

  it('has a user for tasks, and gives no task a way to become another', () => {
    expect(script).toContain('useradd --system --user-group --no-create-home --shell /usr/sbin/nologin lockstep-task');
    expect(service).toContain(
      'Environment=LOCKSTEP_TASK_USER=lockstep-task LOCKSTEP_AGENT_ROLE=arn:aws:iam::1:role/agents',
    );
    expect(service).toContain('NoNewPrivileges=yes');
    expect(script.indexOf('useradd')).toBeLessThan(script.indexOf('systemctl start lockstep-agent'));
  });

  it('has systemd-networkd leave the rule alone that closes the metadata service', () => {
    const line = lines.find((each) => each.includes('ManageForeignRoutingPolicyRules')) ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'lockstep-user-data-'));
    const file = join(folder, 'conf');
    execFileSync('bash', ['-c', line.replace(/> .*$/, `> ${file}`)]);
    expect(readFileSync(file, 'utf8')).toBe('[Network]\nManageForeignRoutingPolicyRules=no\n');
    rmSync(folder, { recursive: true });
  });

  it('powers the host off however the agent ends', () => {
    expect(lines).toContain('SuccessAction=poweroff');
    expect(lines).toContain('FailureAction=poweroff');
  });
});
