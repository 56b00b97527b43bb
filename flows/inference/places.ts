import { OBJECTS } from '#core/names.ts';

/** URIs of the objects of one inference run. */
export const places = (bucket: string, runId: string) => {
  const uri = (key: string) => `s3://${bucket}/${key}`;
  return {
    job: uri(OBJECTS.job(runId)),
    plan: uri(OBJECTS.plan(runId)),
    items: uri(OBJECTS.items(runId)),
    parts: uri(OBJECTS.parts(runId)),
    part: (partition: number, attemptId: string) => uri(OBJECTS.part(runId, partition, attemptId)),
    taskManifests: uri(OBJECTS.taskManifests(runId)),
    taskManifest: (partition: number) => uri(OBJECTS.taskManifest(runId, partition)),
    failures: uri(OBJECTS.failures(runId)),
    failure: (partition: number) => uri(OBJECTS.failure(runId, partition)),
    success: uri(OBJECTS.success(runId)),
  };
};
