import { LockstepError } from '#core/errors.ts';
import { corrupt, type FilePlace } from '../corrupt.ts';

/** A place within an object. */
export interface PlaceWithin extends FilePlace {
  readonly where: string;
}

/** Does what may find damage, and says of any that it finds where it is. */
export async function placed<T>(place: PlaceWithin, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LockstepError) || error.code !== 'LS_PARQUET_CORRUPT') throw error;
    throw corrupt(place, `${place.where} cannot be read: ${error.message}`, error);
  }
}
