import { expect, it } from 'vitest';
import type { Log } from '#core/system/ports.ts';

/** A log, and what was written to it: level, message and the fields beside them, the first line first. */
export interface LogUnderTest {
  readonly log: Log;
  lines(): readonly Readonly<Record<string, unknown>>[];
}

/** What every Log must do. */
export function logContract(start: () => LogUnderTest): void {
  it('keeps messages in their order, each with its level and its fields', () => {
    const { log, lines } = start();
    log.info('host joined', { runId: 'r', hosts: 2 });
    log.warn('host is silent');
    log.error('host is lost', { instanceId: 'i-1' });
    expect(lines()).toMatchObject([
      { level: 'info', message: 'host joined', runId: 'r', hosts: 2 },
      { level: 'warn', message: 'host is silent' },
      { level: 'error', message: 'host is lost', instanceId: 'i-1' },
    ]);
  });

  it('keeps a line break within its line', () => {
    const { log, lines } = start();
    log.info('one\ntwo', { text: 'a\nb' });
    expect(lines()).toMatchObject([{ message: 'one\ntwo', text: 'a\nb' }]);
  });
}
