/** Models of strangers are read before onnxruntime sees them: whatever their bytes are, it is an answer or a named error. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LockstepError } from '#core/errors.ts';
import { classesOf } from '#formats/onnx/classes.ts';
import { withoutZipMap } from '#formats/onnx/zip-map.ts';
import { damaged, seeded } from '../fuzz/damage.ts';

const FOLDER = 'test/fixtures/models';
const models = readdirSync(FOLDER).filter((name) => name.endsWith('.onnx'));

function readAsEverything(bytes: Uint8Array): void {
  for (const read of [classesOf, withoutZipMap]) {
    try {
      read(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(LockstepError);
      expect(error).toMatchObject({ code: 'LS_MODEL_UNREADABLE' });
    }
  }
}

describe('a model with damage', () => {
  it.each(models)('is read or refused: %s', (name) => {
    const whole = new Uint8Array(readFileSync(`${FOLDER}/${name}`));
    const random = seeded(7);
    for (let round = 0; round < 60; round++) readAsEverything(damaged(whole, random));
  });

  it('is refused where a length says more than there is, and where a number has no end', () => {
    for (const bytes of [[0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f], [0x3a, 5, 1], Array(12).fill(0xff), [0x3b]]) {
      expect(() => classesOf(Uint8Array.from(bytes))).toThrow(/expected an ONNX model, got bytes that are no protobuf/);
    }
    expect(classesOf(new Uint8Array())).toBeUndefined();
  });
});

describe('the classes of a model', () => {
  const of = (name: string) => classesOf(readFileSync(`${FOLDER}/${name}.onnx`));
  it('are those of its operators, or of the constant that its label is picked from', () => {
    expect(of('logistic-tens')).toEqual([10, 20, 30]);
    expect(of('logistic-signs')).toEqual([-1, 1]);
    expect(of('forest-words')).toEqual(['barbera', 'barolo', 'grignolino']);
    expect(of('mlp-words')).toEqual(['barbera', 'barolo', 'grignolino']);
    expect(of('linear-regression')).toBeUndefined();
  });
});
