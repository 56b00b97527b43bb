import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  type SFNClient,
  StateMachineAlreadyExists,
} from '@aws-sdk/client-sfn';
import { machineArn } from './arns.ts';
import { ROLE_ARN } from './role.ts';

const DELETED_MS = 10_000;

/** Creates state machines in a cloud reached by an endpoint, those of an earlier run replaced; returns what removes them. */
export async function createMachines(
  client: SFNClient,
  machines: Readonly<Record<string, unknown>>,
): Promise<() => Promise<void>> {
  const remove = (name: string) => client.send(new DeleteStateMachineCommand({ stateMachineArn: machineArn(name) }));
  for (const [name, definition] of Object.entries(machines)) {
    const create = () =>
      client.send(new CreateStateMachineCommand({ name, roleArn: ROLE_ARN, definition: JSON.stringify(definition) }));
    const until = Date.now() + DELETED_MS;
    for (;;) {
      const refused = await create().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (refused === undefined) break;
      if (!(refused instanceof StateMachineAlreadyExists) || Date.now() > until) throw refused;
      await remove(name);
    }
  }
  return async () => {
    for (const name of Object.keys(machines)) await remove(name);
  };
}
