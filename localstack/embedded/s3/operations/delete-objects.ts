import { readBody } from '../../http/body.ts';
import { requireWritable, writeCondition } from '../conditions.ts';
import type { Operation } from '../operation.ts';
import { malformedXml } from '../s3-error.ts';
import { elements, sendXml, unescapeXml } from '../xml.ts';

const MOST_KEYS = 1000;

export const deleteObject: Operation = ({ store }, request, response) => {
  const bucket = store.bucket(request.bucket);
  requireWritable(writeCondition(request), bucket.get(request.key));
  bucket.remove(request.key);
  response.writeHead(204).end();
};

/** Up to 1,000 keys at once; keys that are not there count as deleted. */
export const deleteObjects: Operation = async ({ store }, request, response) => {
  const bucket = store.bucket(request.bucket);
  const xml = (await readBody(request.message)).toString();
  const keys = elements(xml, 'Key').map(unescapeXml);
  if (keys.length === 0 || keys.length > MOST_KEYS) throw malformedXml();
  for (const key of keys) bucket.remove(key);
  const quiet = elements(xml, 'Quiet')[0] === 'true';
  sendXml(response, 'DeleteResult', { Deleted: quiet ? [] : keys.map((key) => ({ Key: key })) });
};
