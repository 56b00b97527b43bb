/**
 * A stranger on the master port, which nobody of the gang is to blame for: the port was free when it was drawn, and was lost
 * between the moment that the agent let it go and the one that rank 0 listened there.
 */

/** Who listens on a port, as far as this machine can tell. */
export type PortHolder = 'own' | 'stranger' | 'nobody' | 'unknown';

/** What programs say that found a port taken; the test holds each row against messages that they have really printed. */
const IN_USE: readonly RegExp[] = [/\bEADDRINUSE\b/, /\b[Aa]ddress already in use\b/, /\baddress in use\b/i];

/** What programs say that cannot open their coordinator's port, whatever the reason. */
const NOT_OPENED: readonly RegExp[] = [/\bFailed to start RPC server\b/, /\bFailed to add (?:any wildcard )?port\b/i];

/**
 * Whether a task of the host with rank 0 failed because a stranger had the master port. Its own words must say that a port was
 * taken, and either name this one or be borne out by who holds it; where a process of the attempt itself does, it is the
 * program that wanted it twice.
 */
export function isPortTaken(message: string, port: number, holder: PortHolder): boolean {
  if (holder === 'own') return false;
  const says = (patterns: readonly RegExp[]) => patterns.some((pattern) => pattern.test(message));
  if (says(IN_USE) && new RegExp(`(?<![\\d.])${port}(?!\\d)`).test(message)) return true;
  return holder === 'stranger' && (says(IN_USE) || says(NOT_OPENED));
}
