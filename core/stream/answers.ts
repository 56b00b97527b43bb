/** What a stream leaves in S3. */
import type { ObjectRef } from '../objects/records.ts';
import type { AnswerForm } from './record.ts';

/** `streams/<name>/answers/<hour>/<id>.json`: one object of answers. Readers read the parts that entries name, and nothing else. */
export interface AnswersEntry {
  readonly version: 1;
  readonly stream: string;
  readonly form: AnswerForm;
  readonly part: ObjectRef;
  readonly rows: number;
  /** Whose rows they are, in the order of the part. */
  readonly records: readonly AnsweredRecord[];
}

export interface AnsweredRecord {
  /** What the record is. */
  readonly source: string;
  readonly rows: number;
}

/** Where an outcome lies: `answers/2026-11-25T16/<id>`, `dead/…`. */
export interface OutcomePlace {
  readonly kind: 'answers' | 'dead';
  /** `<hour>/<id>` */
  readonly place: string;
}

/** `iso` is the time of writing as ISO 8601. */
export const outcomeText = (kind: OutcomePlace['kind'], iso: string, id: string): string =>
  `${kind}/${iso.slice(0, 'YYYY-MM-DDTHH'.length)}/${id}`;

export function outcomePlace(outcome: string): OutcomePlace {
  const slash = outcome.indexOf('/');
  return { kind: outcome.slice(0, slash) as OutcomePlace['kind'], place: outcome.slice(slash + 1) };
}
