/**
 * Which IAM action each method of a port needs, by the SDK call that adapters/aws makes in it.
 * The type makes the list complete: a new method of a port does not compile until its call is named here.
 */

import type { CooldownStore, Fleet, LeaseStore } from '#core/fleet/ports.ts';
import type { BarrierStore, Callback, ControlStore, GangQueue, Journal, MemberStore } from '#core/gang/ports.ts';
import type { ClaimStore, CrewStore } from '#core/inference/ports.ts';
import type { Secrets } from '#core/launch/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Runs, Workflows } from '#core/runs/ports.ts';
import type { RecordClaims } from '#core/stream/ports.ts';
import type { ProgressStore, Warehouse } from '#core/training/ports.ts';

interface Ports {
  readonly barriers: BarrierStore;
  readonly callback: Callback;
  readonly claims: ClaimStore;
  readonly control: ControlStore;
  readonly cooldowns: CooldownStore;
  readonly crews: CrewStore;
  readonly executions: Pick<Workflows, 'describe'>;
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly leases: LeaseStore;
  readonly members: MemberStore;
  readonly objects: Objects;
  readonly progress: ProgressStore;
  readonly queue: GangQueue;
  readonly recordClaims: RecordClaims;
  readonly runs: Runs;
  readonly secrets: Secrets;
  readonly warehouse: Warehouse;
  /** As whoever starts, follows and ends runs calls them; see `executions` for the sweep. */
  readonly workflows: Omit<Workflows, 'executionId'>;
}

const GET = ['dynamodb:GetItem'];
const PUT = ['dynamodb:PutItem'];
const UPDATE = ['dynamodb:UpdateItem'];
const QUERY = ['dynamodb:Query'];
const DELETE = ['dynamodb:DeleteItem'];
/** The token is read from the table. */
const ANSWER = ['dynamodb:GetItem', 'states:SendTaskSuccess'];
const BEAT = ['dynamodb:GetItem', 'states:SendTaskHeartbeat'];
const DESCRIBE = ['ec2:DescribeInstances'];
const TERMINATE = ['ec2:TerminateInstances'];
/** What EC2 checks besides when RunInstances tags, passes a role and resolves the image of the launch template. */
const LAUNCH = [
  ...['ec2:RunInstances', 'ec2:CreateTags', 'iam:PassRole', 'iam:CreateServiceLinkedRole', 'ssm:GetParameters'],
];
/** Athena reads tables and writes results with the rights of whoever starts the query. */
const UNLOAD = [
  ...['athena:StartQueryExecution', 'glue:GetDatabase', 'glue:GetTable'],
  ...['glue:GetPartition', 'glue:GetPartitions', 'glue:BatchGetPartition'],
  ...['s3:GetBucketLocation', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts', 's3:PutObject'],
  's3:ListBucketMultipartUploads',
];

export const PORT_CALLS: { readonly [P in keyof Ports]: Readonly<Record<keyof Ports[P], readonly string[]>> } = {
  barriers: { arrive: [...UPDATE, ...PUT], arrivals: GET, payloads: QUERY },
  callback: { store: PUT, heartbeat: BEAT, succeed: ANSWER },
  claims: {
    begin: PUT,
    board: [...GET, ...QUERY],
    take: [...UPDATE, ...PUT],
    replace: PUT,
    remove: DELETE,
  },
  control: {
    create: [...PUT, ...GET],
    read: GET,
    write: [...UPDATE, ...GET],
    commit: [...UPDATE, ...PUT, ...GET],
    roster: GET,
  },
  cooldowns: { read: GET, save: PUT },
  crews: {
    open: [...PUT, ...GET],
    read: GET,
    move: [...UPDATE, ...DELETE],
    fail: UPDATE,
    list: QUERY,
  },
  executions: { describe: ['states:DescribeExecution'] },
  fleet: {
    launch: [...LAUNCH, ...DESCRIBE, ...TERMINATE],
    list: DESCRIBE,
    find: DESCRIBE,
    remaining: DESCRIBE,
    terminate: TERMINATE,
  },
  journal: { endings: QUERY },
  leases: { intend: PUT, grant: PUT, extend: UPDATE, release: UPDATE, leases: QUERY, leaseOf: GET, runOf: GET },
  members: { put: [...PUT, ...GET], list: QUERY, beat: UPDATE, beats: QUERY },
  objects: {
    get: ['s3:GetObject', 's3:ListBucket'],
    head: ['s3:GetObject', 's3:ListBucket'],
    put: ['s3:PutObject'],
    // The parts of an upload that failed are removed.
    upload: ['s3:PutObject', 's3:AbortMultipartUpload'],
    list: ['s3:ListBucket'],
    delete: ['s3:DeleteObject'],
  },
  progress: { put: PUT, get: GET },
  queue: { put: PUT, note: UPDATE, remove: DELETE, list: QUERY, lock: [...GET, ...PUT], unlock: UPDATE },
  recordClaims: { take: UPDATE, finish: UPDATE, giveUp: UPDATE },
  secrets: { read: ['ssm:GetParameter', 'secretsmanager:GetSecretValue'] },
  runs: { record: PUT, find: GET, list: QUERY },
  workflows: {
    start: ['states:StartExecution'],
    recent: ['states:ListExecutions'],
    describe: ['states:DescribeExecution'],
    visits: ['states:GetExecutionHistory'],
    stop: ['states:StopExecution'],
  },
  warehouse: { start: UNLOAD, poll: ['athena:GetQueryExecution'], stop: ['athena:StopQueryExecution'] },
};
