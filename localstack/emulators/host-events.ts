import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalFleet } from '../embedded/ec2/start-fleet.ts';
import { compilePattern, type Matcher } from '../embedded/events/pattern.ts';
import { ACCOUNT, REGION } from '../embedded/template/account.ts';

/** A queue of the deployed stack and the events that its rule sends there. */
interface Route {
  readonly matches: Matcher;
  readonly queueUrl: string;
}

/**
 * Brings the fleet's events to the queues that the deployed rules send them to. Nobody but AWS may put events whose
 * source begins with `aws.` on a bus, and emulators keep to that: so what the rule would do is done here, by its pattern.
 * Returns the end of it, and what went wrong in between.
 */
export async function forwardHostEvents(fleet: LocalFleet, url: string): Promise<() => readonly Error[]> {
  const config = { endpoint: url, region: REGION, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
  const sqs = new SQSClient({ ...config, useQueueUrlAsEndpoint: false });
  const routes = await routesOf(new EventBridgeClient(config), url);
  if (routes.length === 0) throw new Error('no deployed rule sends events of EC2 to a queue');
  const failures: Error[] = [];
  const end = fleet.onEvent((event) => {
    for (const { queueUrl } of routes.filter(({ matches }) => matches(event))) {
      const message = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event) });
      void sqs.send(message).catch((error: Error) => void failures.push(error));
    }
  });
  return () => {
    end();
    sqs.destroy();
    return failures;
  };
}

async function routesOf(events: EventBridgeClient, url: string): Promise<readonly Route[]> {
  const routes: Route[] = [];
  const { Rules = [] } = await events.send(new ListRulesCommand({}));
  for (const { Name, EventPattern } of Rules) {
    if (EventPattern === undefined || !EventPattern.includes('"aws.ec2"')) continue;
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    for (const { Arn = '' } of Targets.filter((target) => target.Arn?.startsWith('arn:aws:sqs:'))) {
      const queueUrl = `${url}/${ACCOUNT}/${Arn.split(':').at(-1)}`;
      routes.push({ matches: compilePattern(JSON.parse(EventPattern)), queueUrl });
    }
  }
  return routes;
}
