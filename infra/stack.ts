import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { Deployment } from './deployment.ts';
import type { EventTrigger } from './event-trigger.ts';
import type { GpuFleet } from './gpu-fleet.ts';
import type { InferenceWorkflow } from './inference-workflow.ts';
import { Lockstep, type LockstepProps } from './lockstep.ts';
import type { StreamInference } from './stream-inference.ts';
import type { TrainingWorkflow } from './training-workflow.ts';

export interface LockstepStackProps extends StackProps, LockstepProps {}

/** A stack with one deployment in it, and nothing else: what `npm run deploy` deploys. It takes the properties of `Lockstep` and those of any stack. */
export class LockstepStack extends Stack {
  readonly lockstep: Lockstep;

  constructor(scope: Construct, id: string, props: LockstepStackProps = {}) {
    super(scope, id, props);
    this.lockstep = new Lockstep(this, 'Default', props);
  }

  get deployment(): Deployment {
    return this.lockstep.deployment;
  }

  get fleet(): GpuFleet {
    return this.lockstep.fleet;
  }

  get training(): TrainingWorkflow {
    return this.lockstep.training;
  }

  get inference(): InferenceWorkflow {
    return this.lockstep.inference;
  }

  get trigger(): EventTrigger {
    return this.lockstep.trigger;
  }

  get streams(): readonly StreamInference[] {
    return this.lockstep.streams;
  }

  /** See `Lockstep.grantStart`; the others likewise. */
  grantStart(grantee: IGrantable): Grant {
    return this.lockstep.grantStart(grantee);
  }

  grantCancel(grantee: IGrantable): Grant {
    return this.lockstep.grantCancel(grantee);
  }

  grantRead(grantee: IGrantable): Grant {
    return this.lockstep.grantRead(grantee);
  }

  grantOperate(grantee: IGrantable): Grant {
    return this.lockstep.grantOperate(grantee);
  }
}
