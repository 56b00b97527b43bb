import { send } from '../http/send.ts';
import { StateFailure } from './state-failure.ts';

/** The JSON array in an object of the local S3. States.ItemReaderFailed if it is not there or not an array. */
export async function readItems(s3Url: string, bucket: string, key: string): Promise<readonly unknown[]> {
  const path = key.split('/').map(encodeURIComponent).join('/');
  const { status, body } = await send(`${s3Url}/${bucket}/${path}`, { method: 'GET' });
  if (status !== 200) throw new StateFailure('States.ItemReaderFailed', `s3://${bucket}/${key}: HTTP ${status}`);
  const items: unknown = parse(body, `s3://${bucket}/${key}`);
  if (!Array.isArray(items)) throw new StateFailure('States.ItemReaderFailed', `s3://${bucket}/${key} is not an array`);
  return items;
}

function parse(body: string, uri: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new StateFailure('States.ItemReaderFailed', `${uri} is not JSON: ${(error as Error).message}`);
  }
}
