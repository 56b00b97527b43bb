/** What onnxruntime itself says of models that it does not load, in words that say what would do. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Sessions } from '#adapters/predictors/onnx/session.ts';
import { LockstepError } from '#core/errors.ts';
import { encodeModel } from '#formats/onnx/model-writer.ts';
import { bytes as field, integer, message, text } from '#formats/onnx/protobuf.ts';

const folder = mkdtempSync(join(tmpdir(), 'lockstep-refusals-'));
const sessions = new Sessions();
afterAll(async () => {
  await sessions.close();
  rmSync(folder, { recursive: true });
});

const model = (op = 'Identity') =>
  encodeModel({
    inputs: [{ name: 'x', dims: ['N', 1] }],
    outputs: [{ name: 'y', dims: ['N', 1] }],
    nodes: [{ op, inputs: ['x'], outputs: ['y'] }],
  });
/** The last of two values of one field counts, in protobuf. */
const withIrVersion = (version: number) => Buffer.concat([model(), message([integer(1, version)])]);
const withOpset = (version: number) =>
  Buffer.concat([model(), message([field(8, message([text(1, ''), integer(2, version)]))])]);

async function refusal(name: string, bytes: Uint8Array): Promise<LockstepError> {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  const error = await sessions.of({ path, uri: `mine/${name}`, sha256: name }, 1).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LockstepError);
  expect(error).toMatchObject({ code: 'LS_MODEL_UNREADABLE' });
  expect((error as LockstepError).message).toMatch(new RegExp(`^mine/${name}: `));
  expect((error as LockstepError).message).not.toMatch(/onnxruntime_src|lockstep-refusals/);
  return error as LockstepError;
}

describe('a model that is not loaded', () => {
  it('because its opset is too new: which is supported', async () => {
    const { message: said, remedy } = await refusal('opset.onnx', withOpset(99));
    const most = /the model uses opset 99 of ai\.onnx, at most (\d+) is run here/.exec(said)?.[1];
    expect(Number(most)).toBeGreaterThan(20);
    expect(remedy).toContain(`opset ${most}`);
  });

  it('because its format is too new', async () => {
    const { message: said, remedy } = await refusal('ir.onnx', withIrVersion(99));
    expect(said).toMatch(/the file has version 99 of the format, at most \d+ is read here/);
    expect(remedy).toMatch(/model\.ir_version = \d+/);
  });

  it('because of an operator that nobody knows', async () => {
    const { message: said, remedy } = await refusal('op.onnx', model('Quux'));
    expect(said).toBe('mine/op.onnx: it has the operator Quux of opset 17, which onnxruntime does not know');
    expect(remedy).toContain('kind: python');
  });

  it('because it is none', async () => {
    expect((await refusal('none.onnx', Buffer.from('not a model'))).message).toContain('expected an ONNX model, got: ');
  });
});
