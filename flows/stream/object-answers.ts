import { createHash } from 'node:crypto';
import { invariant } from '#core/errors.ts';
import { streamObjects } from '#core/objects/addresses.ts';
import type { Objects } from '#core/objects/ports.ts';
import { type AnswersEntry, outcomePlace, outcomeText } from '#core/stream/answers.ts';
import type { AnswerForm } from '#core/stream/record.ts';
import type { Clock, Ids } from '#core/system/ports.ts';
import { arrowFileBytes, PartBuffer } from '#formats/arrow/write/part-writer.ts';
import { jsonBytes, readJson } from '#formats/json/json-object.ts';
import { linesOf } from '#formats/stream/answer-rows.ts';
import type { Answers, RecordAnswer } from './ports.ts';

export interface ObjectAnswersPorts {
  readonly objects: Objects;
  readonly bucket: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

const ENDINGS = { arrow: 'arrow', json: 'jsonl' } as const;
const SMALL_PART_BYTES = 64 * 1024;

/**
 * Answers as objects, one for all that are staged together. Each is written under an id of its own, which nobody reads, with
 * a description beside it; to publish is to create the entry that names it, which succeeds once.
 */
export function objectAnswers(ports: ObjectAnswersPorts, stream: string): Answers {
  const { objects, bucket, clock, ids } = ports;
  const at = streamObjects(bucket, stream);
  /** What was staged here and is not published yet: whoever publishes it need not read it again. */
  const staged = new Map<string, AnswersEntry>();
  const newOutcome = (kind: 'answers' | 'dead') =>
    outcomeText(kind, new Date(clock.wallMs()).toISOString(), ids.next());

  const publishAnswers = async (outcome: string, place: string): Promise<void> => {
    const known = staged.get(outcome);
    if (known === undefined && (await objects.head(at.entry(place))) !== undefined) return;
    const entry = known ?? (await readJson<AnswersEntry>(objects, at.description(place))).value;
    await objects.put(at.entry(place), jsonBytes(entry), { ifMatch: 'absent' });
    staged.delete(outcome);
  };

  return {
    async stage(answers) {
      const outcome = newOutcome('answers');
      const { place } = outcomePlace(outcome);
      const form = answers[0]?.content.form;
      invariant(form !== undefined, 'nothing is staged without answers');
      const bytes = partBytes(answers, form);
      const uri = at.part(place, ENDINGS[form]);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const records = answers.map(({ record, rows }) => ({ source: record.sourceId, rows }));
      const rows = records.reduce((sum, each) => sum + each.rows, 0);
      const part = { uri, sizeBytes: bytes.length, sha256 };
      const entry: AnswersEntry = { version: 1, stream, form, part, rows, records };
      await Promise.all([objects.put(uri, bytes), objects.put(at.description(place), jsonBytes(entry))]);
      staged.clear();
      staged.set(outcome, entry);
      return outcome;
    },
    async stageDead(letter) {
      const outcome = newOutcome('dead');
      await objects.put(at.description(outcomePlace(outcome).place), jsonBytes(letter));
      return outcome;
    },
    async publish(outcome) {
      const { kind, place } = outcomePlace(outcome);
      if (kind === 'answers') return await publishAnswers(outcome, place);
      const { bytes } = await objects.get(at.description(place));
      await objects.put(at.deadLetter(place), bytes, { ifMatch: 'absent' });
    },
  };
}

/** The answers behind each other, as an Arrow IPC file or as JSON lines. */
export function partBytes(answers: readonly RecordAnswer[], form: AnswerForm): Uint8Array {
  if (form === 'json') return linesOf(answers.flatMap(({ content }) => (content.form === 'json' ? content.rows : [])));
  const batches = answers.flatMap(({ content }) => (content.form === 'arrow' ? content.batches : []));
  const schema = batches[0]?.schema;
  invariant(schema, 'answers in Arrow have rows');
  return arrowFileBytes(schema, batches, new PartBuffer(SMALL_PART_BYTES));
}
