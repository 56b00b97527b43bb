/** Objects in S3, as core sees them. */

/** Objects in S3, addressed by `s3://bucket/key`. An etag is opaque: it is given back as the store gave it. */
export interface Objects {
  /**
   * Bytes from `start` up to but not including `end`, as far as the object has them; the whole object without a range.
   * LS_DATA_UNREADABLE if there is no such object, LS_INPUT_CHANGED if its etag is not the one given.
   */
  get(uri: string, range?: ObjectRange): Promise<ObjectBody>;
  /**
   * `ifMatch`: an etag to replace, or `absent` to create only. A lost race is `{ won: false }` with the etag of what is
   * there instead, if anything is.
   */
  put(uri: string, body: Uint8Array, condition?: { readonly ifMatch: string | 'absent' }): Promise<PutResult>;
  /**
   * Writes an object of any size from bytes as they come, in parts of which a few are under way at once, and replaces
   * what is there. Where the bytes fail or the signal ends it, the object stays what it was, and the reason is thrown.
   */
  upload(uri: string, chunks: AsyncIterable<Uint8Array>, options?: UploadOptions): Promise<ObjectHead>;
  head(uri: string): Promise<ObjectHead | undefined>;
  /** Every object whose URI begins with this one, in the order of the keys' bytes. */
  list(uri: string): AsyncIterable<ObjectHead>;
  /** Objects that are not there are no error. */
  delete(uris: readonly string[]): Promise<void>;
}

export interface UploadOptions {
  /** Bytes that are to come, where that is known: very large objects need it. */
  readonly sizeBytes?: number;
  /** Path of a file of this machine that has just these bytes: a store on this machine may take it in place of a copy. */
  readonly file?: string;
  readonly signal?: AbortSignal;
}

export interface ObjectRange {
  readonly start: number;
  readonly end: number;
  /** The object must still have this etag. */
  readonly etag?: string;
  /** Memory for as many bytes, which the store may use for what it reads: the answer may be a view of it. */
  readonly into?: Uint8Array;
}

export interface ObjectHead {
  readonly uri: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

export interface ObjectBody extends ObjectHead {
  readonly bytes: Uint8Array;
}

export interface PutResult {
  readonly won: boolean;
  readonly etag: string | undefined;
}
