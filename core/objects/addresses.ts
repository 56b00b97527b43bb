/**
 * Where objects are: the one place that builds `s3://bucket/key`. Keys are in core/names.ts; these are the addresses that
 * ports take.
 */
import { invariant } from '../errors.ts';
import { OBJECTS } from '../names.ts';

/** What every object of a run follows from. */
export interface RunAddress {
  /** Name of the data bucket. */
  readonly bucket: string;
  readonly runId: string;
}

export const objectUri = (bucket: string, key: string): string => `s3://${bucket}/${key}`;

/** Bucket and key of an address, which ports and plans hold: one that is no `s3://bucket/key` is a mistake of ours. */
export function location(uri: string): { readonly bucket: string; readonly key: string } {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? [];
  invariant(bucket !== undefined && key !== undefined, `${uri} is no s3:// address`);
  return { bucket, key };
}

/** Addresses of everything that one run reads and leaves. Names as in OBJECTS. */
export function runObjects({ bucket, runId }: RunAddress) {
  const at = (key: string) => objectUri(bucket, key);
  return {
    root: at(OBJECTS.run(runId)),
    job: at(OBJECTS.job(runId)),
    code: at(OBJECTS.code(runId)),
    model: at(OBJECTS.model(runId)),
    input: (name: string) => at(OBJECTS.input(runId, name)),
    staged: at(OBJECTS.staged(runId)),
    stagedInput: at(OBJECTS.stagedInput(runId)),
    shards: at(OBJECTS.shards(runId)),
    checkpoints: at(OBJECTS.checkpoints(runId)),
    latestCheckpoint: at(OBJECTS.latestCheckpoint(runId)),
    result: (attempt: number) => at(OBJECTS.result(runId, attempt)),
    progressLogs: at(OBJECTS.progressLogs(runId)),
    progressLog: (attempt: number) => at(OBJECTS.progressLog(runId, attempt)),
    usageLogs: at(OBJECTS.usageLogs(runId)),
    usageLog: (attempt: number, instanceId: string) => at(OBJECTS.usageLog(runId, attempt, instanceId)),
    logs: at(OBJECTS.logs(runId)),
    log: (attempt: number, rank: number) => at(OBJECTS.log(runId, attempt, rank)),
    logEnd: (attempt: number, rank: number) => at(OBJECTS.logEnd(runId, attempt, rank)),
    trainManifest: at(OBJECTS.trainManifest(runId)),
    plan: at(OBJECTS.plan(runId)),
    splitPlan: (generation: number) => at(OBJECTS.splitPlan(runId, generation)),
    items: at(OBJECTS.items(runId)),
    work: (attempt: number) => at(OBJECTS.work(runId, attempt)),
    taskManifests: at(OBJECTS.taskManifests(runId)),
    taskManifest: (partition: number) => at(OBJECTS.taskManifest(runId, partition)),
    failure: (round: string, partition: number) => at(OBJECTS.failure(runId, round, partition)),
    roundFailure: (round: string) => at(OBJECTS.roundFailure(runId, round)),
    parts: at(OBJECTS.parts(runId)),
    part: (partition: number, attemptId: string, ending?: string) =>
      at(OBJECTS.part(runId, partition, attemptId, ending)),
    deadLetters: at(OBJECTS.deadLetters(runId)),
    deadLetter: (partition: number, attemptId: string, file: number) =>
      at(OBJECTS.deadLetter(runId, partition, attemptId, file)),
    success: at(OBJECTS.success(runId)),
  };
}

/** Addresses of what the runs of a deployment share. */
export const sharedObjects = (bucket: string) => ({
  models: objectUri(bucket, OBJECTS.models),
  published: (name: string) => objectUri(bucket, OBJECTS.published(name)),
  inboxJob: (name: string) => objectUri(bucket, OBJECTS.inboxJob(name)),
  wheels: (key: string) => objectUri(bucket, OBJECTS.wheels(key)),
  servedModel: (...of: Parameters<typeof OBJECTS.servedModel>) => objectUri(bucket, OBJECTS.servedModel(...of)),
});

/** Addresses of what a deployed stream reads and leaves. `hour` is `2026-11-25T16`. */
export function streamObjects(bucket: string, name: string) {
  const at = (key: string) => objectUri(bucket, `${OBJECTS.stream(name)}${key}`);
  return {
    job: at('job.json'),
    model: (sha256: string, ending: 'onnx' | 'mjs') => at(`model-${sha256}.${ending}`),
    plan: (key: string) => at(`plans/${key}.json`),
    /** Answers and dead letters before anybody may see them, and what is in them. */
    part: (place: string, ending: 'arrow' | 'jsonl') => at(`parts/${place}.${ending}`),
    description: (place: string) => at(`parts/${place}.json`),
    /** What is visible: an entry for each part, and below each hour the parts that others were joined into. */
    answers: at('answers/'),
    entry: (place: string) => at(`answers/${place}.json`),
    dead: at('dead/'),
    deadLetter: (place: string) => at(`dead/${place}.json`),
  };
}
