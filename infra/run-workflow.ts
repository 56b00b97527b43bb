import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import { grantRunCancel, grantRunOperate, grantRunRead, grantRunStart, type RunWorkflows } from './run-grants.ts';

/** A workflow whose executions are runs, and what people may be allowed to do with those. */
export abstract class RunWorkflow extends Construct {
  abstract readonly stateMachine: StateMachine;
  protected readonly deployment: Deployment;

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id);
    this.deployment = deployment;
  }

  /** Allows to start runs: `states:StartExecution`, and to write below `runs/` what a run reads. */
  grantStart(grantee: IGrantable): Grant {
    return grantRunStart(this.runs, grantee);
  }

  /** Allows to cancel runs, with the grace that their tasks have. */
  grantCancel(grantee: IGrantable): Grant {
    return grantRunCancel(this.runs, grantee);
  }

  /** Allows to see runs and what they left, and to change nothing. */
  grantRead(grantee: IGrantable): Grant {
    return grantRunRead(this.runs, grantee);
  }

  /** Allows to start, cancel, resume and read. */
  grantOperate(grantee: IGrantable): Grant {
    return grantRunOperate(this.runs, grantee);
  }

  private get runs(): RunWorkflows {
    return { deployment: this.deployment, stateMachines: [this.stateMachine] };
  }
}
