import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** Addresses at which EC2 tells a host who it is, and hands out what its role may do. */
export const METADATA_ADDRESSES = { ipv4: '169.254.169.254', ipv6: 'fd00:ec2::254' } as const;

/** Before every rule of the system but that of its own addresses. */
const PREFERENCE = '100';
/** The folder of `ip` need not be on the PATH of a service. */
const PATH = '/usr/sbin:/sbin:/usr/bin:/bin';

const run = promisify(execFile);

/**
 * Has the kernel refuse, for sockets of the user, every way to the metadata service. A rule of routing and none of a
 * firewall, because each image has the tool for it (`ip`), and neither iptables nor nft is in all of them. Safe to repeat.
 * Throws if the kernel or the rights of this process do not allow it.
 */
export async function closeMetadata(uid: number): Promise<void> {
  await addRule('-4', `${METADATA_ADDRESSES.ipv4}/32`, uid);
  // A host without IPv6 has no such way.
  if (existsSync('/proc/net/if_inet6')) await addRule('-6', `${METADATA_ADDRESSES.ipv6}/128`, uid);
}

/** Programs of the network may take away what they have not made themselves, when they start anew. */
const PERIOD_MS = 10_000;

/** Sees to it that the rule stays until the signal; `onFailure` where that fails. */
export function keepMetadataClosed(uid: number, signal: AbortSignal, onFailure: (error: unknown) => void): void {
  const timer = setInterval(() => void closeMetadata(uid).catch(onFailure), PERIOD_MS);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

async function addRule(family: string, to: string, uid: number): Promise<void> {
  const rule = ['pref', PREFERENCE, 'to', to, 'uidrange', `${uid}-${uid}`];
  const ip = async (...args: string[]) => (await run('ip', [family, 'rule', ...args], { env: { PATH } })).stdout;
  try {
    await ip('add', ...rule, 'prohibit');
  } catch (cause) {
    // The same rule is there already.
    if (/File exists/.test(String((cause as { stderr?: string }).stderr))) return;
    const why = cause instanceof Error ? cause.message.trim() : String(cause);
    throw new Error(`the instance metadata service cannot be closed to tasks (uid ${uid}): ${why}`, { cause });
  }
}
