import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLOUD, sqsUnderTest, type UnderTest, unique } from './endpoints.ts';

const WAIT_S = 10;

describe(`queues of SQS (${CLOUD})`, () => {
  let sqs: UnderTest<SQSClient>;
  const queues: string[] = [];
  beforeAll(async () => {
    sqs = await sqsUnderTest();
  });
  afterAll(async () => {
    for (const QueueUrl of queues) await sqs.client.send(new DeleteQueueCommand({ QueueUrl }));
    await sqs.stop();
  });

  async function queue(Attributes: Record<string, string> = {}): Promise<string> {
    const { QueueUrl = '' } = await sqs.client.send(
      new CreateQueueCommand({ QueueName: unique('contract'), Attributes }),
    );
    queues.push(QueueUrl);
    return QueueUrl;
  }
  const send = (QueueUrl: string, MessageBody: string) =>
    sqs.client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  async function receive(QueueUrl: string, WaitTimeSeconds = WAIT_S): Promise<Message[]> {
    const { Messages = [] } = await sqs.client.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds,
        MaxNumberOfMessages: 10,
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      }),
    );
    return Messages;
  }

  it('hands a message over, with its id and how often it was received', async () => {
    const url = await queue();
    const { MessageId } = await send(url, 'hello');
    const [message] = await receive(url);
    expect(message).toMatchObject({ MessageId, Body: 'hello', Attributes: { ApproximateReceiveCount: '1' } });
  });

  it('hides a message that was received, and shows it again when nobody deleted it in time', async () => {
    const url = await queue({ VisibilityTimeout: '1' });
    await send(url, 'slow');
    expect(await receive(url)).toHaveLength(1);
    expect(await receive(url, 0)).toEqual([]);
    const [again] = await receive(url);
    expect(again).toMatchObject({ Body: 'slow', Attributes: { ApproximateReceiveCount: '2' } });
    await sqs.client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: again?.ReceiptHandle }));
    await sleep(1200);
    expect(await receive(url, 0)).toEqual([]);
  });

  it('gives a message back at once when its receiver says so', async () => {
    const url = await queue({ VisibilityTimeout: '300' });
    await send(url, 'returned');
    const [first] = await receive(url);
    const change = { QueueUrl: url, ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 };
    await sqs.client.send(new ChangeMessageVisibilityCommand(change));
    expect(await receive(url)).toMatchObject([{ Body: 'returned' }]);
  });

  it('keeps a receiver waiting until a message comes', async () => {
    const url = await queue();
    const waiting = receive(url);
    await sleep(300);
    await send(url, 'awaited');
    expect(await waiting).toMatchObject([{ Body: 'awaited' }]);
  });

  it('lets a receiver go with nothing when its time is over', async () => {
    const url = await queue();
    const from = performance.now();
    expect(await receive(url, 1)).toEqual([]);
    expect(performance.now() - from).toBeGreaterThan(900);
  });

  it('sends and deletes ten at once, and only those that were deleted are gone', async () => {
    const url = await queue({ VisibilityTimeout: '1' });
    const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `i${index}`, MessageBody: `m${index}` }));
    const { Successful } = await sqs.client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
    expect(Successful).toHaveLength(10);
    const received: Message[] = [];
    for (let round = 0; round < 20 && received.length < 10; round++) received.push(...(await receive(url, 1)));
    const done = received.filter(({ Body }) => Body !== 'm3');
    const handles = done.map(({ ReceiptHandle }, index) => ({ Id: `d${index}`, ReceiptHandle }));
    const deleted = await sqs.client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: handles }));
    expect(deleted.Failed ?? []).toEqual([]);
    expect(await receive(url)).toMatchObject([{ Body: 'm3' }]);
  });

  it('sets a message aside that was received too often', async () => {
    const deadLetters = await queue();
    const { Attributes } = await sqs.client.send(
      new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['QueueArn'] }),
    );
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: '2' });
    const url = await queue({ VisibilityTimeout: '0', RedrivePolicy });
    await send(url, 'poison');
    for (let time = 0; time < 2; time++) expect(await receive(url)).toMatchObject([{ Body: 'poison' }]);
    expect(await receive(url, 1)).toEqual([]);
    expect(await receive(deadLetters)).toMatchObject([{ Body: 'poison' }]);
  });

  it('knows no queue that was not made', async () => {
    const url = await queue();
    await expect(send(`${url}-none`, 'x')).rejects.toBeInstanceOf(QueueDoesNotExist);
  });
});

describe.skipIf(CLOUD !== 'embedded')('the embedded SQS', () => {
  it('gives addresses on the loopback interface, and serves nothing else there', async () => {
    const { client, stop } = await sqsUnderTest();
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: 'q' }));
    expect(new URL(QueueUrl).hostname).toBe('127.0.0.1');
    const { status } = await fetch(new URL('/bucket/key', QueueUrl), { method: 'PUT', body: 'x' });
    expect(status).toBe(404);
    await stop();
  });
});
