import type { Log } from '#core/system/ports.ts';

/** Writes one JSON object a line: `time`, `level`, `message`, then the fields. Messages are constants. */
export function jsonLog(write: (line: string) => void = (line) => void process.stdout.write(line)): Log {
  const at =
    (level: string): Log['info'] =>
    (message, fields) =>
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })}\n`);
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
