import type { ServerResponse } from 'node:http';
import type { MultipartUploads } from './multipart-uploads.ts';
import type { ObjectCreatedNotices } from './object-created.ts';
import type { ObjectStore } from './object-store.ts';
import type { OfferedFiles } from './offered-files.ts';
import type { S3Request } from './request.ts';

/** What every operation works on. */
export interface S3State {
  readonly store: ObjectStore;
  readonly uploads: MultipartUploads;
  readonly offers: OfferedFiles;
  readonly notices: ObjectCreatedNotices;
}

/** Answers one request, or throws an S3Error that is answered instead. */
export type Operation = (state: S3State, request: S3Request, response: ServerResponse) => void | Promise<void>;
