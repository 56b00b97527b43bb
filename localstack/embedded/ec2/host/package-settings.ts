import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const SETTINGS =
  /^(PIP_|(HTTP|HTTPS|ALL|NO)_PROXY$|SSL_CERT_(FILE|DIR)$|REQUESTS_CA_BUNDLE$|HF_(ENDPOINT|HUB_OFFLINE)$)/i;

/**
 * How this machine reaches packages, for its hosts: variables, and the user's own pip.conf, which pip would look for in a
 * home that a host has not.
 */
export function packageSettings(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const entries = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const own = ['.config/pip/pip.conf', '.pip/pip.conf'].map((name) => join(homedir(), name)).find(existsSync);
  return {
    ...(own !== undefined && { PIP_CONFIG_FILE: own }),
    ...Object.fromEntries(entries.filter(([name]) => SETTINGS.test(name))),
  };
}
