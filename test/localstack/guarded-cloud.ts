/** Brings up a local cloud, invokes its function once, prints the pid of its process as JSON, and waits to be killed. */
import { startCloud } from '../../localstack/embedded/start-cloud.ts';

const [assemblyDir = '', stateDir = ''] = process.argv.slice(2);
const cloud = await startCloud({ assemblyDir, stateDir });
const url = `${cloud.env.AWS_ENDPOINT_URL_LAMBDA}/2015-03-31/functions/Small-F/invocations`;
const answer = await fetch(url, { method: 'POST', body: '{}' });
console.log(await answer.text());
setInterval(() => {}, 60_000);
