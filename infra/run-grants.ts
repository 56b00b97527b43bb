import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type Grant, type IGrantable, type IRole, Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { KEYS } from '#core/names.ts';
import type { Deployment } from './deployment.ts';

/** Workflows of one deployment: what people do with its runs. Which command needs what is held by test/infra/grants.test.ts. */
export interface RunWorkflows {
  readonly deployment: Deployment;
  readonly stateMachines: readonly StateMachine[];
}

/** To start runs: `states:StartExecution`, and to write below `runs/` what a run reads. */
export function grantRunStart({ deployment, stateMachines }: RunWorkflows, grantee: IGrantable): Grant {
  return combined([
    deployment.data.grant(grantee, { write: ['runs/*'], upload: ['runs/*'] }),
    ...stateMachines.map((machine) => machine.grantStartExecution(grantee)),
  ]);
}

/** To see runs, what their tasks wrote, what they left and what they published; to change nothing. */
export function grantRunRead({ deployment, stateMachines }: RunWorkflows, grantee: IGrantable): Grant {
  return combined([
    deployment.data.grant(grantee, { read: ['runs/*', 'models/*'] }),
    deployment.table.grant(grantee, 'GetItem', 'Query'),
    ...stateMachines.map((machine) =>
      machine.grantExecution(grantee, 'states:DescribeExecution', 'states:GetExecutionHistory'),
    ),
  ]);
}

/**
 * To cancel runs. A gang is asked to stop by an update of its control item, so that tasks have their grace: the items of
 * gangs may be updated, and no others.
 */
export function grantRunCancel({ deployment, stateMachines }: RunWorkflows, grantee: IGrantable): Grant {
  return combined([
    deployment.data.grant(grantee, { read: ['runs/*'] }),
    deployment.table.grant(grantee, 'GetItem', 'Query'),
    deployment.table.grantItems(grantee, [KEYS.gang('*')], 'UpdateItem'),
    ...stateMachines.map((machine) =>
      machine.grantExecution(grantee, 'states:DescribeExecution', 'states:StopExecution'),
    ),
  ]);
}

/** To start, cancel, resume and read. */
export const grantRunOperate = (workflows: RunWorkflows, grantee: IGrantable): Grant =>
  combined([grantRunStart, grantRunCancel, grantRunRead].map((grant) => grant(workflows, grantee)));

const combined = (grants: readonly Grant[]): Grant => grants.reduce((all, grant) => all.combine(grant));

/** The sweep asks whether the execution of a run still lives, in case the event of its end was lost. */
export function grantDescribe(
  scope: Construct,
  { stateMachine, to }: { readonly stateMachine: StateMachine; readonly to: { readonly role: IRole } },
): void {
  const resourceName = `${stateMachine.stateMachineName}:*`;
  const arnFormat = ArnFormat.COLON_RESOURCE_NAME;
  const executions = Stack.of(scope).formatArn({ service: 'states', resource: 'execution', resourceName, arnFormat });
  new Policy(scope, 'DescribeExecutions', {
    roles: [to.role],
    statements: [new PolicyStatement({ actions: ['states:DescribeExecution'], resources: [executions] })],
  });
}
