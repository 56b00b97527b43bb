import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { S3Error } from './s3-error.ts';

/** An upload that has begun. */
export interface MultipartUpload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Part number → the part as it arrived last. */
  readonly parts: Map<number, UploadedPart>;
}

export interface UploadedPart {
  readonly path: string;
  readonly sizeBytes: number;
  /** MD5 in hex. */
  readonly etag: string;
}

/** Uploads in progress. They do not outlive the process: S3's own clients begin again as well. */
export class MultipartUploads {
  readonly #folder: string;
  readonly #uploads = new Map<string, MultipartUpload>();

  constructor(folder: string) {
    this.#folder = join(folder, 'uploads');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  begin(upload: Pick<MultipartUpload, 'bucket' | 'key' | 'headers'>): MultipartUpload {
    const begun = { ...upload, id: randomUUID(), parts: new Map<number, UploadedPart>() };
    mkdirSync(join(this.#folder, begun.id), { recursive: true });
    this.#uploads.set(begun.id, begun);
    return begun;
  }

  /** NoSuchUpload for an id that is not of this bucket and key, or that has ended. */
  find(id: string, at: { readonly bucket: string; readonly key: string }): MultipartUpload {
    const upload = this.#uploads.get(id);
    if (upload === undefined || upload.bucket !== at.bucket || upload.key !== at.key) {
      throw new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist.');
    }
    return upload;
  }

  /** A file for a part that is arriving; a part may be sent again while the first is still on its way. */
  newPartPath(upload: MultipartUpload): string {
    return join(this.#folder, upload.id, randomUUID());
  }

  end(upload: MultipartUpload): void {
    this.#uploads.delete(upload.id);
    rmSync(join(this.#folder, upload.id), { recursive: true, force: true });
  }
}
