import { randomUUID } from 'node:crypto';
import { linkSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen } from '../http/listen.ts';
import { MultipartUploads } from './multipart-uploads.ts';
import { type ObjectCreatedListener, ObjectCreatedNotices } from './object-created.ts';
import { ObjectStore } from './object-store.ts';
import { OfferedFiles, offersIn } from './offered-files.ts';
import type { S3State } from './operation.ts';
import { parseRequest } from './request.ts';
import { operationOf } from './routes.ts';
import { S3Error } from './s3-error.ts';
import type { StoredObject } from './stored-object.ts';
import { sendXml } from './xml.ts';

/** S3 on loopback, path style, over plain files. */
export interface S3Service {
  readonly url: string;
  /** Folder in which clients on this machine put files for it to take, see offered-files.ts. */
  readonly offersDir: string;
  /** Folder of the files that it names to clients on this machine that ask to read them by themselves. */
  readonly lendsDir: string;
  /** Hears of every object that is written, after it is visible; call what is returned to stop hearing. */
  onObjectCreated(listener: ObjectCreatedListener): () => void;
  /**
   * Makes `path` another name of the file that holds an object, for whoever outlives the service. False where it cannot: the
   * bytes are a file of the user's, which may change, or `path` is taken or on another file system.
   */
  linkTo(path: string, object: { readonly bucket: string; readonly key: string }): boolean;
  stop(): Promise<void>;
}

export interface S3Options {
  /** Everything is kept below this folder and is there again after a restart. */
  readonly folder: string;
  /** 0 (default) takes a free one; LS_PORT_BUSY if a given one is taken. */
  readonly port?: number;
}

/** Starts the service with whatever the folder holds. */
export async function startS3({ folder, port = 0 }: S3Options): Promise<S3Service> {
  const notices = new ObjectCreatedNotices();
  const state: S3State = {
    store: new ObjectStore(folder),
    uploads: new MultipartUploads(folder),
    offers: new OfferedFiles(folder),
    notices,
  };
  const listener = await listen((message, response) => void answer(state, message, response), port);
  return {
    url: listener.url,
    offersDir: offersIn(folder),
    lendsDir: state.store.bodiesDir,
    onObjectCreated: (notify) => notices.subscribe(notify),
    linkTo: (path, { bucket, key }) => linkObject(state.store, path, state.store.bucket(bucket).get(key)),
    stop: () => listener.close(),
  };
}

function linkObject(store: ObjectStore, path: string, object: StoredObject | undefined): boolean {
  if (object === undefined || object.pin !== undefined) return false;
  try {
    linkSync(store.bodyPath(object.body), path);
    return true;
  } catch {
    return false;
  }
}

async function answer(state: S3State, message: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader('x-amz-request-id', randomUUID());
  try {
    const request = parseRequest(message);
    await operationOf(request)(state, request, response);
  } catch (thrown) {
    refuse(message, response, thrown);
  }
}

/** A request that has gone away needs no answer; one whose answer had begun can only be cut off. */
function refuse(message: IncomingMessage, response: ServerResponse, thrown: unknown): void {
  if (response.headersSent || (message.destroyed && !message.complete)) {
    response.destroy();
    return;
  }
  message.resume();
  const error = thrown instanceof S3Error ? thrown : new S3Error(500, 'InternalError', String(thrown));
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  if (message.method === 'HEAD') response.writeHead(error.status).end();
  else sendXml(response, 'Error', { Code: error.code, Message: error.message, Resource: message.url }, error.status);
}
