import type { Operation } from '../operation.ts';
import { sendXml } from '../xml.ts';

export const listBuckets: Operation = ({ store }, _request, response) => {
  const buckets = store
    .buckets()
    .map(({ name, createdAt }) => ({ Name: name, CreationDate: new Date(createdAt).toISOString() }));
  sendXml(response, 'ListAllMyBucketsResult', { Owner: { ID: 'local' }, Buckets: { Bucket: buckets } });
};

/** A bucket that exists already is the caller's own: S3 answers as if it had been made, in us-east-1. */
export const createBucket: Operation = ({ store }, request, response) => {
  store.createBucket(request.bucket);
  response.writeHead(200, { location: `/${request.bucket}` }).end();
};

export const headBucket: Operation = ({ store }, request, response) => {
  store.bucket(request.bucket);
  response.writeHead(200).end();
};

export const deleteBucket: Operation = ({ store }, request, response) => {
  store.deleteBucket(request.bucket);
  response.writeHead(204).end();
};

/** us-east-1 is the empty constraint. */
export const getBucketLocation: Operation = ({ store }, request, response) => {
  store.bucket(request.bucket);
  sendXml(response, 'LocationConstraint', {});
};
