import { ENV, TAGS } from '#core/names.ts';

/** What a host needs to know before it can ask for more. It reaches the agent as variables, see ENV in core/names.ts. */
export interface AgentConfig {
  readonly agentAsset: { readonly bucket: string; readonly key: string };
  readonly table: string;
  readonly bucket: string;
  readonly deployment: string;
  readonly region: string;
  /** ARN of the role of agents. */
  readonly agentRole: string;
}

/** Whom tasks run as: nobody else is, so that what runs as it is a task's. */
const TASK_USER = 'lockstep-task';

/** Lines around the JSON in the script, for programs that read the configuration without running the script. */
const CONFIG_BEGIN = '# lockstep-agent-config-begin';
const CONFIG_END = '# lockstep-agent-config-end';

/** Seconds that a host without a readable expiry tag lives. */
const FALLBACK_LIFETIME_S = 3600;

/**
 * First-boot script of a GPU host. The dead-man's switch comes first: whatever fails after it, the host is gone when its
 * time is up, because a host that shuts down is terminated. Then Node, the agent, and systemd to watch over it.
 */
export function hostUserData(config: AgentConfig): string {
  return [
    '#!/bin/bash',
    'set -euo pipefail',
    ...deadManSwitch(),
    ...configuration(config),
    ...installation(config),
    ...taskUser(),
    ...service(config),
    'systemctl daemon-reload',
    'systemctl start lockstep-agent',
    '',
  ].join('\n');
}

function deadManSwitch(): string[] {
  return [
    "trap 'shutdown -h now' ERR",
    'metadata=http://169.254.169.254/latest',
    "token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 300' $metadata/api/token)",
    `expires=$(curl -sf -H "X-aws-ec2-metadata-token: $token" $metadata/meta-data/tags/instance/${TAGS.expires} || true)`,
    'now=$(date +%s)',
    `lifetime=$(( \${expires:-$(( now + ${FALLBACK_LIFETIME_S} ))} - now ))`,
    'systemd-run --unit=lockstep-deadline --on-active="$(( lifetime > 1 ? lifetime : 1 ))" /usr/sbin/shutdown -h now',
  ];
}

function configuration(config: AgentConfig): string[] {
  return [
    'install -d -m 0755 /etc/lockstep /opt/lockstep/agent /var/lib/lockstep',
    "grep -v '^#' > /etc/lockstep/agent.json <<'JSON'",
    CONFIG_BEGIN,
    JSON.stringify(config, null, 2),
    CONFIG_END,
    'JSON',
  ];
}

function installation({ agentAsset, region }: AgentConfig): string[] {
  return [
    // From the one repository that lies in S3: an image may name others, and from a private subnet they cannot be reached.
    'dnf install -y --repo=amazonlinux nodejs24 unzip',
    `aws s3 cp --only-show-errors --region ${region} s3://${agentAsset.bucket}/${agentAsset.key} /tmp/agent.zip`,
    'unzip -q -o /tmp/agent.zip -d /opt/lockstep/agent',
    'rm /tmp/agent.zip',
  ];
}

/** The agent closes the metadata service to it by a rule of routing, which systemd-networkd shall not take away. */
function taskUser(): string[] {
  return [
    `id -u ${TASK_USER} > /dev/null 2>&1 || useradd --system --user-group --no-create-home --shell /usr/sbin/nologin ${TASK_USER}`,
    'install -d -m 0755 /etc/systemd/networkd.conf.d',
    "printf '[Network]\\nManageForeignRoutingPolicyRules=no\\n' > /etc/systemd/networkd.conf.d/90-lockstep.conf",
  ];
}

/** The agent's end is the host's end; KillMode takes every task with it, whatever session a task put itself into. */
function service({ table, bucket, deployment, region, agentRole }: AgentConfig): string[] {
  return [
    "cat > /etc/systemd/system/lockstep-agent.service <<'UNIT'",
    '[Unit]',
    'Description=Lockstep agent: joins the gang and supervises its tasks',
    'Wants=network-online.target',
    'After=network-online.target',
    'SuccessAction=poweroff',
    'FailureAction=poweroff',
    '[Service]',
    'ExecStart=/usr/bin/node-24 /opt/lockstep/agent/agent.mjs',
    'WorkingDirectory=/var/lib/lockstep',
    `Environment=AWS_REGION=${region} LOCKSTEP_TABLE=${table} LOCKSTEP_BUCKET=${bucket}`,
    `Environment=LOCKSTEP_DEPLOYMENT=${deployment} LOCKSTEP_SCRATCH=/var/lib/lockstep HOME=/root`,
    `Environment=${ENV.taskUser}=${TASK_USER} ${ENV.agentRole}=${agentRole}`,
    // Of tasks too: no program of the image can make more of one than its user is.
    'NoNewPrivileges=yes',
    // The console can still be read after the host is gone, with `aws ec2 get-console-output`.
    'StandardOutput=journal+console',
    'WatchdogSec=60',
    // The agent tells it by systemd-notify, which is a child of its.
    'NotifyAccess=all',
    'KillMode=control-group',
    // The agent makes a control group below its own for each attempt; KillMode ends those as well.
    'Delegate=yes',
    'TimeoutStopSec=60',
    'OOMPolicy=continue',
    'LimitMEMLOCK=infinity',
    'LimitNOFILE=1048576',
    'UNIT',
  ];
}
