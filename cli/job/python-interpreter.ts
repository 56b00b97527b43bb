import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { InferJob, PredictSpec } from '#core/job/job.ts';

/**
 * Where a Python program predicts, the interpreter by its path: functions have another folder, and may have another PATH. On
 * hosts a name stays one, which they look up on theirs.
 */
export function withInterpreter(predict: PredictSpec, folder: string, compute?: InferJob['compute']): PredictSpec {
  if (predict.kind !== 'python' || (compute === 'hosts' && !/^\.|\//.test(predict.python))) return predict;
  return { ...predict, python: interpreter(predict.python, folder) };
}

/**
 * What begins with a dot or has a slash is a path from the job file; anything else is looked up on the PATH, and stays as it
 * is where that has none: whoever starts it says so. A virtual environment stands for the interpreter in it.
 */
function interpreter(python: string, folder: string): string {
  if (python.startsWith('.') || python.includes('/')) return resolve(folder, python);
  const folders = (process.env.PATH ?? '').split(delimiter).filter(isAbsolute);
  return folders.map((one) => join(one, python)).find(isProgram) ?? python;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
