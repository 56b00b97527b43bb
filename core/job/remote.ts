/** True for what is already in the cloud: an s3:// address or a published model. */
export const isRemote = (place: string): boolean => place.startsWith('s3://') || place.startsWith('published:');
