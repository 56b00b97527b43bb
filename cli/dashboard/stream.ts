import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Feed } from './feed.ts';

export interface StreamOptions {
  readonly feed: Feed;
  /** The run whose page is open, if one is. */
  readonly runId: string | null;
  readonly periodMs?: number;
}

/**
 * Server-sent events: `runs` and, where a run's page is open, `run`, each sent when it differs from what was sent last. A
 * cloud that does not answer is said as `trouble`, and asked again: the page stays as it was.
 */
export async function stream(
  request: IncomingMessage,
  response: ServerResponse,
  { feed, runId, periodMs = 1_000 }: StreamOptions,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const closed = new AbortController();
  request.once('close', () => closed.abort());
  const sent = new Map<string, string>();
  const tell = (event: string, value: unknown) => {
    const text = JSON.stringify(value ?? null);
    if (sent.get(event) === text || response.destroyed) return;
    sent.set(event, text);
    response.write(`event: ${event}\ndata: ${text}\n\n`);
  };
  while (!closed.signal.aborted) {
    try {
      tell('runs', await feed.runs());
      if (runId !== null) tell('run', await feed.run(runId));
      tell('trouble', null);
    } catch (error) {
      tell('trouble', (error as Error).message);
    }
    await delay(periodMs, undefined, { signal: closed.signal }).catch(() => undefined);
  }
  response.end();
}
