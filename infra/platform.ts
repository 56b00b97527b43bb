/** Operating system and processor that native code in an asset is for, in the words of Node. */
export interface Platform {
  readonly os: 'linux' | 'darwin';
  readonly arch: 'x64' | 'arm64';
}

/** What Lambda functions and GPU hosts run on. */
export const LAMBDA_PLATFORM: Platform = { os: 'linux', arch: 'x64' };

/** Reads `linux/x64` and the like. */
export function parsePlatform(text: string): Platform {
  const [os, arch] = text.split('/');
  if ((os === 'linux' || os === 'darwin') && (arch === 'x64' || arch === 'arm64')) return { os, arch };
  throw new Error(`expected a platform such as linux/x64 or darwin/arm64, got ${JSON.stringify(text)}`);
}

export const formatPlatform = (platform: Platform): string => `${platform.os}/${platform.arch}`;
