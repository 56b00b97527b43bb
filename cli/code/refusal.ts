import { LockstepError } from '#core/errors.ts';
import { remedyForMissing } from '../job/near-file.ts';

/** A file that the tasks need is not there. */
export const missing = (message: string, remedy?: string): LockstepError =>
  new LockstepError('LS_JOB_COMMAND_MISSING', message, { ...(remedy !== undefined && { remedy }) });

/** A file lies where the package has no place for it. */
export const outside = (file: string, folder: string): LockstepError =>
  missing(
    `${file} lies outside of the folder of the job file, ${folder}`,
    'Put a link to it into that folder: what it leads to travels in its place.',
  );

/** A file cannot travel to the hosts. */
export const refused = (message: string, remedy?: string): LockstepError =>
  new LockstepError('LS_CODE_REFUSED', message, { ...(remedy !== undefined && { remedy }) });

/** The same for a path, with the name beside it that was probably meant. */
export const notThere = (message: string, path: string): LockstepError =>
  new LockstepError('LS_JOB_COMMAND_MISSING', message, remedyForMissing(path, NAME_IT));

const NAME_IT = 'Paths are relative to the job file: put the file there, or correct `task.command` or `task.files`.';
