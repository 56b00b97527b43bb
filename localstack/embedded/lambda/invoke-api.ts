import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError, toAwsError } from '../http/aws-error.ts';
import { readBody } from '../http/body.ts';
import type { LambdaService } from './lambda-service.ts';

const INVOKE = /^\/2015-03-31\/functions\/([^/]+)\/invocations\/?(?:\?.*)?$/;

/** `POST /2015-03-31/functions/{name}/invocations`: RequestResponse, Event and DryRun. */
export const invokeApi =
  (service: Pick<LambdaService, 'invoke' | 'invokeAsync'>) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = (status: number, body: string, headers: Record<string, string> = {}) => {
      const always = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() };
      response.writeHead(status, { ...always, ...headers }).end(body);
    };
    try {
      const name = INVOKE.exec(request.url ?? '')?.[1];
      const payload = (await readBody(request)).toString() || '{}';
      if (name === undefined || request.method !== 'POST') {
        throw new AwsError('UnknownOperationException', `not emulated: ${request.method} ${request.url}`, 404);
      }
      assertJson(payload);
      const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
      if (type === 'DryRun') return answer(204, '');
      if (type === 'Event') {
        void service.invokeAsync(decodeURIComponent(name), payload).catch(() => {});
        return answer(202, '');
      }
      const outcome = await service.invoke(decodeURIComponent(name), payload);
      const executed = { 'x-amz-executed-version': '$LATEST' };
      if (outcome.ok) answer(200, outcome.payload, executed);
      else answer(200, JSON.stringify(outcome.failure), { ...executed, 'x-amz-function-error': 'Unhandled' });
    } catch (thrown) {
      const { status, name, message } = toAwsError(thrown);
      answer(status, JSON.stringify({ Type: 'User', Message: message }), { 'x-amzn-errortype': name });
    }
  };

function assertJson(payload: string): void {
  try {
    JSON.parse(payload);
  } catch (error) {
    throw new AwsError('InvalidRequestContentException', `Could not parse request body into json: ${error}`);
  }
}
