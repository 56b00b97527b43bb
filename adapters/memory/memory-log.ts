import type { Log } from '#core/system/ports.ts';

/** One message as it was logged. */
export interface LoggedLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** A log that keeps its lines, the first one first. */
export interface MemoryLog extends Log {
  readonly lines: readonly LoggedLine[];
}

export function memoryLog(): MemoryLog {
  const lines: LoggedLine[] = [];
  const at =
    (level: keyof Log): Log['info'] =>
    (message, fields) =>
      void lines.push({ level, message, ...(fields !== undefined && { fields }) });
  return { lines, info: at('info'), warn: at('warn'), error: at('error') };
}
