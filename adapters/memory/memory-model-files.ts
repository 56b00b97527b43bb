import { createHash } from 'node:crypto';
import { LockstepError } from '#core/errors.ts';
import type { ModelFiles } from '#core/inference/ports.ts';
import type { Objects } from '#core/objects/ports.ts';

/** Models that are checked and go nowhere: their paths name no file. */
export function memoryModelFiles(objects: Pick<Objects, 'get' | 'head'>): ModelFiles {
  const checked = new Set<string>();
  return {
    async path({ uri, sha256 }) {
      const path = `/models/${sha256}.onnx`;
      if (checked.has(sha256)) return path;
      if ((await objects.head(uri)) === undefined) {
        throw new LockstepError('LS_MODEL_UNREADABLE', `the model cannot be read: ${uri} does not exist`);
      }
      const { bytes } = await objects.get(uri);
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
        throw new LockstepError('LS_INPUT_CHANGED', `the model ${uri} was overwritten: it no longer has its hash`);
      }
      checked.add(sha256);
      return path;
    },
  };
}
