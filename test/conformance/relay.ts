import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NewFunction } from './functions.ts';

export type TestFunction = (event: never) => unknown;

/**
 * Functions of a test for a cloud that runs functions as processes of this machine: what is deployed under each name asks
 * the test, and gives back or throws what the test's function does.
 */
export async function startRelay(functions: Readonly<Record<string, TestFunction>>) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const answer = await call(functions[(request.url ?? '/').slice(1)], Buffer.concat(chunks).toString());
    response.end(JSON.stringify(answer));
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    deployed: Object.keys(functions).map((name): NewFunction => {
      return { name, files: { 'index.js': handler(`${url}/${name}`) }, handler: 'index.handler', timeoutS: 60 };
    }),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function call(run: TestFunction | undefined, event: string): Promise<unknown> {
  try {
    if (run === undefined) throw new Error('the test has no such function');
    return { result: (await run(JSON.parse(event) as never)) ?? null };
  } catch (thrown) {
    const { name, message } = thrown as Error;
    return { error: { name, message } };
  }
}

const handler = (url: string) => `
exports.handler = async (event) => {
  const response = await fetch('${url}', { method: 'POST', body: JSON.stringify(event) });
  const { result, error } = await response.json();
  if (error !== undefined) throw Object.assign(new Error(error.message), { name: error.name });
  return result;
};`;
