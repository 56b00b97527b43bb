/** The ports of the function that answers a stream, which its environment names. */
import * as clients from '#adapters/aws/clients.ts';
import { dynamoRecordClaims } from '#adapters/aws/dynamo-record-claims.ts';
import { ENV } from '#core/names.ts';
import type { RecordClaims } from '#core/stream/ports.ts';
import { currentJob } from '#flows/stream/current-job.ts';
import { objectAnswers } from '#flows/stream/object-answers.ts';
import { objectPlans } from '#flows/stream/object-plans.ts';
import type { Answers, StreamPlans } from '#flows/stream/ports.ts';
import { inferenceRuntime } from './inference-runtime.ts';
import { objectRuntime, once, required, withPorts } from './object-runtime.ts';

const name = once(() => required(ENV.stream));
const claims = once(() => dynamoRecordClaims(clients.dynamodb(), required(ENV.table), name()));
const answers = once(() => objectAnswers(objectRuntime, name()));
const plans = once(() => objectPlans(objectRuntime.objects, objectRuntime.bucket, name()));
const job = once(() => currentJob(objectRuntime, name()));

export const streamRuntime = withPorts(inferenceRuntime, {
  get answers(): Answers {
    return answers();
  },
  get recordClaims(): RecordClaims {
    return claims();
  },
  get plans(): StreamPlans {
    return plans();
  },
  /** The job of the stream, as it is now. */
  get job() {
    return job();
  },
});
