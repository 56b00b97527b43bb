const PUBLISHED = 'published:';

/** True for what is already in the cloud: an s3:// address or a published model. */
export const isRemote = (place: string): boolean => place.startsWith('s3://') || place.startsWith(PUBLISHED);

/** The name in `published:<name>`; undefined for a model that is given in another way. */
export const publishedName = (model: string): string | undefined =>
  model.startsWith(PUBLISHED) ? model.slice(PUBLISHED.length) : undefined;
