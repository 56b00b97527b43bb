import { callAwsJson } from '../http/call-aws-json.ts';
import type { LambdaService } from '../lambda/lambda-service.ts';
import type { StepFunctionsService } from '../step-functions/start-step-functions.ts';
import type { Destinations } from './start-events.ts';

export interface DestinationServices {
  readonly lambda: Pick<LambdaService, 'invokeAsync'>;
  readonly states: Pick<StepFunctionsService, 'startExecution'>;
  readonly sqsUrl: string;
  queueUrl(queueName: string): string;
}

/** Where the rules of a stack can send events: its functions, state machines and queues. */
export const destinationsOf = ({ lambda, states, sqsUrl, queueUrl }: DestinationServices): Destinations => ({
  invoke(functionArn, payload) {
    void lambda.invokeAsync(functionArn, payload).catch(() => {});
  },
  startExecution(stateMachineArn, name, input) {
    states.startExecution({ stateMachineArn, name, input });
  },
  async sendMessage(queueArn, MessageBody, attributes = {}) {
    const MessageAttributes = Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    );
    const input = { QueueUrl: queueUrl(queueArn.split(':').at(-1) ?? ''), MessageBody, MessageAttributes };
    await callAwsJson({ url: sqsUrl, target: 'AmazonSQS.SendMessage', input });
  },
});
