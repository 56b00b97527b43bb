/**
 * The program of one Lambda environment: loads the handler, then asks the Runtime API for one event after another.
 * Its answers equal those of the genuine Node.js runtime interface client: what was thrown, by its own name and stack;
 * errors of loading; promises that nobody handles. Plain JavaScript, so that it starts without reading any other file.
 */
import { existsSync } from 'node:fs';
import http from 'node:http';
import { createRequire, enableCompileCache, flushCompileCache } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';

const API = '/2018-06-01/runtime';
const [host, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });

function call(method, where, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: `${API}/${where}`, headers }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** The shape in which a thrown value is reported. */
function describe(thrown) {
  if (!(thrown instanceof Error) && Object.prototype.toString.call(thrown) !== '[object Error]') {
    return { errorType: typeof thrown, errorMessage: String(thrown), trace: [] };
  }
  return { errorType: thrown.name, errorMessage: thrown.message, trace: String(thrown.stack ?? '').split('\n') };
}

function named(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

const report = (where, error) =>
  call('POST', where, JSON.stringify(describe(error)), {
    'lambda-runtime-function-error-type': encodeURIComponent(describe(error).errorType),
  });

async function load(handler) {
  const root = process.env.LAMBDA_TASK_ROOT;
  const folder = path.dirname(handler);
  const [, moduleName, exportName] = /^([^.]*)\.(.+)$/.exec(path.basename(handler)) ?? [];
  if (moduleName === undefined || handler.includes('..')) throw named('Runtime.MalformedHandlerName', 'Bad handler');
  const base = path.resolve(root, folder, moduleName);
  const file = ['.js', '.mjs', '.cjs'].map((ending) => base + ending).find((candidate) => existsSync(candidate));
  if (file === undefined) {
    throw named('Runtime.ImportModuleError', `Error: Cannot find module '${moduleName}'\nRequire stack:\n- ${root}`);
  }
  const loaded = await importModule(file);
  const found = exportName.split('.').reduce((value, key) => value?.[key], loaded);
  if (found === undefined) {
    throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  }
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is not a function`);
  if (found.length >= 3) {
    throw named('Runtime.CallbackHandlerDeprecated', 'AWS Lambda has removed support for callback-based handlers.');
  }
  return found;
}

async function importModule(file) {
  try {
    return file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw named('Runtime.UserCodeSyntaxError', String(error));
    const isMissing = error?.code === 'MODULE_NOT_FOUND' || error?.code === 'ERR_MODULE_NOT_FOUND';
    throw isMissing ? named('Runtime.ImportModuleError', String(error)) : error;
  }
}

function serialise(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

const contextOf = (id, headers) => {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: id,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
};

const complain = (error) => process.stderr.write(`${inspect(error)}\n`);

let current;
async function dieOf(error, code) {
  complain(error);
  try {
    await report(current === undefined ? 'init/error' : `invocation/${current}/error`, error);
  } finally {
    process.exit(code);
  }
}
process.on('uncaughtException', (error) => void dieOf(error, 129));
process.on('unhandledRejection', (reason) => {
  const error = named('Runtime.UnhandledPromiseRejection', reason instanceof Error ? String(reason) : `${reason}`);
  if (reason instanceof Error) error.stack = reason.stack;
  void dieOf(error, 128);
});

const codeCache = process.argv[2] ?? '';
if (codeCache !== '') enableCompileCache(codeCache);

let handler;
let isWarm = false;
try {
  handler = await load(process.env._HANDLER ?? '');
} catch (error) {
  complain(error);
  await report('init/error', error);
  process.exit(1);
}

for (;;) {
  // A broken connection means that the host is gone, and with it the reason for this process to be.
  const { headers, body } = await call('GET', 'invocation/next').catch(() => process.exit(0));
  current = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  try {
    const answer = serialise(await handler(JSON.parse(body), contextOf(current, headers)));
    await call('POST', `invocation/${current}/response`, answer);
  } catch (error) {
    complain(error);
    await report(`invocation/${current}/error`, error);
  }
  current = undefined;
  // Once, with what the first event made Node compile: an environment is killed, and would leave nothing at its end.
  if (codeCache !== '' && !isWarm) flushCompileCache();
  isWarm = true;
}
