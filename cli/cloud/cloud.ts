import * as clients from '#adapters/aws/clients.ts';
import { dynamoControl } from '#adapters/aws/dynamo-control.ts';
import { dynamoJournal } from '#adapters/aws/dynamo-journal.ts';
import { dynamoLeases } from '#adapters/aws/dynamo-leases.ts';
import { dynamoProgress } from '#adapters/aws/dynamo-progress.ts';
import { dynamoRuns } from '#adapters/aws/dynamo-runs.ts';
import { s3Objects } from '#adapters/aws/s3-objects.ts';
import { sfnWorkflows } from '#adapters/aws/sfn-workflows.ts';
import { LockstepError } from '#core/errors.ts';
import type { LeaseStore } from '#core/fleet/ports.ts';
import type { ControlStore, Journal } from '#core/gang/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Runs, Workflows } from '#core/runs/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';

/** A deployment of Lockstep that commands talk to: on this machine or on AWS. */
export interface Cloud {
  /** `local`, or the name of the stack. */
  readonly name: string;
  readonly bucket: string;
  readonly objects: Objects;
  readonly control: ControlStore;
  readonly journal: Journal;
  readonly leases: LeaseStore;
  readonly progress: ProgressStore;
  readonly runs: Runs;
  readonly workflows: Workflows;
  /** Control API of the fleet emulator; only a local cloud has it. */
  readonly fleetControlUrl: string | undefined;
  /** True if its objects are gone when this command ends. */
  readonly isTemporary: boolean;
  /** Pause between two looks at a run. */
  readonly pollMs: number;
  close(): Promise<void>;
}

export interface Deployment {
  readonly name: string;
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, string>>;
}

export type CloudTraits = Pick<Cloud, 'fleetControlUrl' | 'isTemporary' | 'pollMs' | 'close'>;

/** Builds the ports of a deployment; endpoints and credentials are those of the environment. */
export function connectCloud({ name, outputs }: Deployment, traits: CloudTraits): Cloud {
  const output = (key: string): string => {
    const value = outputs[key];
    if (value !== undefined) return value;
    const message = `expected the output ${key} of the stack ${name}, got ${Object.keys(outputs).join(', ')}`;
    throw new LockstepError('LS_USAGE', message, {
      remedy: 'Deploy this version of the stack, and read its outputs again.',
    });
  };
  const table = output('TableName');
  const dynamodb = clients.dynamodb();
  const arns = { training: output('TrainingWorkflowArn'), inference: output('InferenceWorkflowArn') };
  return {
    ...traits,
    name,
    bucket: output('BucketName'),
    objects: s3Objects(clients.s3()),
    control: dynamoControl(dynamodb, table),
    journal: dynamoJournal(dynamodb, table),
    leases: dynamoLeases(dynamodb, table),
    progress: dynamoProgress(dynamodb, table),
    runs: dynamoRuns(dynamodb, table),
    workflows: sfnWorkflows(clients.sfn(), arns),
  };
}
