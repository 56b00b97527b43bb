/** Names that more than one room must agree on: one source for code, templates and tests. */

/** Environment variables that functions, agents and the command line read. */
export const ENV = {
  table: 'LOCKSTEP_TABLE',
  bucket: 'LOCKSTEP_BUCKET',
  deployment: 'LOCKSTEP_DEPLOYMENT',
  /** Id of the launch template of the GPU hosts; see infra/gpu-fleet.ts. */
  launchTemplate: 'LOCKSTEP_LAUNCH_TEMPLATE',
  /** Where hosts are launched: `<zone>=<subnet id>` for each zone, separated by commas. */
  subnets: 'LOCKSTEP_SUBNETS',
  /** ARN of the role that an agent takes on, for its run alone; see adapters/aws/run-credentials.ts. */
  agentRole: 'LOCKSTEP_AGENT_ROLE',
  /** `RUN/INSTANCE` of a host, for the processes that its agent starts for itself. */
  hostOf: 'LOCKSTEP_HOST_OF',
  /** Name or number of the user that tasks of a host run as. */
  taskUser: 'LOCKSTEP_TASK_USER',
  /** Folder of a host that outlives it, where there is one. */
  hostCache: 'LOCKSTEP_HOST_CACHE',
  /** Athena workgroup of the Stage queries. */
  warehouse: 'LOCKSTEP_WORKGROUP',
  /** Name of the stream that a function answers. */
  stream: 'LOCKSTEP_STREAM',
  /** Processors that a function may use where it shares a machine with others; only the local cloud sets it. */
  processors: 'LOCKSTEP_PROCESSORS',
} as const;

/** Tags that are put on every instance in the launch call itself; the reaper finds hosts by them. */
export const TAGS = {
  deployment: 'lockstep:deployment',
  run: 'lockstep:run',
  attempt: 'lockstep:attempt',
  round: 'lockstep:round',
  /** Seconds since the epoch at which the host shuts itself down, whatever its agent does; read by its user data. */
  expires: 'lockstep:expires',
} as const;

/** Tag of a session of agents: what the role may do depends on the run that it names. */
export const RUN_TAG = 'lockstep-run';

/** States of an instance that is no host any more: the rule lets these through, and they are acted on. */
export const ENDING_STATES: readonly string[] = ['shutting-down', 'stopping', 'stopped', 'terminated'];

/** Outputs of a stack by which a deployment is found. Where a construct of another stack has them, its id stands before each. */
export const OUTPUTS = [
  'DeploymentName',
  'BucketName',
  'TableName',
  'TrainingWorkflowArn',
  'InferenceWorkflowArn',
] as const;

/** Where CloudWatch keeps the metrics of deployments; each has the one dimension `Deployment`. */
export const METRICS_NAMESPACE = 'Lockstep';

/** What the sweep says each minute, for alarms and the dashboard. */
export const METRICS = {
  /** Sweeps that came to their end. */
  sweeps: 'Sweeps',
  hosts: 'Hosts',
  /** Hosts that no live run answers for. The sweep ends them, so that one that stays is one that does not go. */
  hostsWithoutRun: 'HostsWithoutRun',
  /** Gangs that wait for hosts or have them. */
  gangs: 'Gangs',
  /** Seconds that the gang has waited which waits longest. */
  longestWaitS: 'LongestWaitSeconds',
  /** Gangs that the sweep could not look at. */
  gangsNotSwept: 'GangsNotSwept',
} as const;

/** Messages in the log of a stream's function that a metric counts. */
export const STREAM_LOG = { setAside: 'record set aside' } as const;

/** Keys of the one DynamoDB table (facts: item layout, docs/barrier.md). `pk` and `sk` are strings. */
export const KEYS = {
  gang: (runId: string) => `GANG#${runId}`,
  /** The control item is alone in its partition but for what is written once a restart or so (token, journal, progress). */
  control: 'CTL',
  /** Task token of the Run state; apart from CTL because a token can be 1 KB long. */
  token: 'TOKEN',
  /** Newest progress of rank 0, for people. */
  progress: 'PROGRESS',
  /** How an attempt ended. */
  journal: (attempt: number) => `J#${attempt}`,
  journalPrefix: 'J#',
  /** A partition for each part of the rosters of a run: all hosts read a roster at once. */
  rosters: (runId: string, part = 0) => `ROSTERS#${runId}${part === 0 ? '' : `#${part}`}`,
  roster: (attempt: number) => `ATT#${attempt}#ROSTER`,
  members: (runId: string) => `MEMBERS#${runId}`,
  member: (attempt: number, instanceId: string) => `ATT#${attempt}#M#${instanceId}`,
  memberPrefix: (attempt: number) => `ATT#${attempt}#M#`,
  barriers: (runId: string) => `BARRIERS#${runId}`,
  barrier: (attempt: number, epoch: number) => `ATT#${attempt}#B#${epoch}`,
  /** One partition for so many ranks of each allGather: a partition takes 1,000 writes and 3,000 reads a second. */
  payloads: (runId: string, attempt: number, epoch: number, shard: number) =>
    `PAYLOADS#${runId}#${attempt}#${epoch}#${shard}`,
  payload: (attempt: number, epoch: number, rank: number) => `ATT#${attempt}#B#${epoch}#R#${rank}`,
  payloadPrefix: (attempt: number, epoch: number) => `ATT#${attempt}#B#${epoch}#R#`,
  heartbeats: (runId: string, shard: number) => `HB#${runId}#${shard}`,
  heartbeat: (attempt: number, instanceId: string) => `${attempt}#${instanceId}`,
  leases: (runId: string) => `LEASES#${runId}`,
  lease: (instanceId: string) => `LEASE#${instanceId}`,
  /** To which run a host was leased, for those who know an instance and nothing else. */
  host: (instanceId: string) => `HOST#${instanceId}`,
  hostRun: 'RUN',
  intent: (attempt: number, round: number) => `INTENT#${attempt}#${round}`,
  pool: (pool: string) => `POOL#${pool}`,
  poolLock: 'LOCK',
  cooldown: 'COOLDOWN',
  /** The record of the hosts that predict for a run, and the list of those that are not over. */
  crew: (runId: string) => `CREW#${runId}`,
  crewRecord: 'CREW',
  crews: 'CREWS',
  /** What is in work at the hosts of a run: the place in the list of work that nobody has claimed yet, and the claims. */
  claims: (runId: string, attempt: number) => `CLAIMS#${runId}#${attempt}`,
  claimNext: 'NEXT',
  claimPrefix: 'C#',
  claim: (place: number) => `C#${String(place).padStart(9, '0')}`,
  queue: 'QUEUE',
  /** Claims on the records of a stream, each alone in its partition. */
  recordClaim: (stream: string, record: string) => `CLAIM#${stream}#${record}`,
  recordClaimItem: 'CLAIM',
  runs: 'RUNS',
  runsByTime: 'RUNS#TIME',
} as const;

/**
 * Every partition of the table that the agents of a run use, as patterns of IAM: its own, and no other run's, because an id
 * has no `#`.
 */
export const gangPartitions = (runId: string): readonly string[] => [
  ...[KEYS.gang, KEYS.rosters, KEYS.members, KEYS.barriers, KEYS.leases, KEYS.crew].map((key) => key(runId)),
  ...[`ROSTERS#${runId}#*`, `PAYLOADS#${runId}#*`, `HB#${runId}#*`, `CLAIMS#${runId}#*`],
];

/** Object keys in the one data bucket. Everything of a run is below `runs/<runId>/`. */
export const OBJECTS = {
  run: (runId: string) => `runs/${runId}/`,
  job: (runId: string) => `runs/${runId}/job.json`,
  code: (runId: string) => `runs/${runId}/code.tgz`,
  /** The user's model that the command line uploaded for an inference run, and below it the files. */
  model: (runId: string) => `runs/${runId}/model.onnx`,
  input: (runId: string, name: string) => `runs/${runId}/input/${name}`,
  staged: (runId: string) => `runs/${runId}/staged/`,
  /** Says below which prefix the rows of an inference run's query lie, once all of them do. */
  stagedInput: (runId: string) => `runs/${runId}/staged.json`,
  shards: (runId: string) => `runs/${runId}/shards.json`,
  checkpoints: (runId: string) => `runs/${runId}/checkpoints/`,
  latestCheckpoint: (runId: string) => `runs/${runId}/checkpoints/LATEST.json`,
  result: (runId: string, attempt: number) => `runs/${runId}/result/${attempt}/`,
  /** What rank 0 reported, an object an attempt. */
  progressLogs: (runId: string) => `runs/${runId}/progress/`,
  progressLog: (runId: string, attempt: number) => `runs/${runId}/progress/${attempt}.json`,
  usageLogs: (runId: string) => `runs/${runId}/usage/`,
  usageLog: (runId: string, attempt: number, instanceId: string) => `runs/${runId}/usage/${attempt}/${instanceId}.json`,
  logs: (runId: string) => `runs/${runId}/logs/`,
  log: (runId: string, attempt: number, rank: number) => `runs/${runId}/logs/${attempt}/${rank}.log`,
  /** The end of a log that outgrew what is kept of its beginning, while its task runs. */
  logEnd: (runId: string, attempt: number, rank: number) => `runs/${runId}/logs/${attempt}/${rank}.end`,
  /** The committed manifest of a training run. */
  trainManifest: (runId: string) => `runs/${runId}/manifest.json`,
  plan: (runId: string) => `runs/${runId}/plan.json`,
  /** The plan after so many splits. */
  splitPlan: (runId: string, generation: number) => `runs/${runId}/plan-${generation}.json`,
  /** What the Distributed Map reads: a JSON array of PartitionItem; the state names its key. */
  items: (runId: string) => `runs/${runId}/items.json`,
  /** Partitions that the hosts of an attempt have to predict, in the order in which they are claimed: a JSON array. */
  work: (runId: string, attempt: number) => `runs/${runId}/_work/${attempt}.json`,
  /** The same for a round after partitions were split. */
  itemsOfRound: (runId: string, round: string) => `runs/${runId}/items/${round}.json`,
  taskManifests: (runId: string) => `runs/${runId}/_tasks/`,
  taskManifest: (runId: string, partition: number) => `runs/${runId}/_tasks/${String(partition).padStart(6, '0')}.json`,
  /** Why a partition failed in a round (core/inference/round.ts), `{ code, message }`; Commit fails with the first of its own. */
  failure: (runId: string, round: string, partition: number) =>
    `runs/${runId}/_failures/${round}/${String(partition).padStart(6, '0')}.json`,
  /** Why Commit failed the round. */
  roundFailure: (runId: string, round: string) => `runs/${runId}/_failures/${round}/commit.json`,
  parts: (runId: string) => `runs/${runId}/parts/`,
  part: (runId: string, partition: number, attemptId: string, ending = 'arrow') =>
    `runs/${runId}/parts/part-${String(partition).padStart(6, '0')}-${attemptId}.${ending}`,
  /** Rows of a partition that were set aside, each with its reason. */
  deadLetter: (runId: string, partition: number, attemptId: string, file: number) =>
    `runs/${runId}/dead/dead-${String(partition).padStart(6, '0')}-${attemptId}${file === 0 ? '' : `-${file}`}.arrow`,
  deadLetters: (runId: string) => `runs/${runId}/dead/`,
  /** The committed manifest of an inference run: readers read only what it lists. */
  success: (runId: string) => `runs/${runId}/_SUCCESS.json`,
  /** Below it, a folder for each name that models are published under. */
  models: 'models/',
  /** Result of the latest committed training run of a job name; advanced by If-Match. */
  published: (name: string) => `models/${name}/LATEST.json`,
  /** Says where the wheels of a Python environment are; see gpu-agent/python-environment. */
  wheels: (key: string) => `environments/${key}.json`,
  wheelArchive: (key: string, id: string) => `environments/${key}/${id}.tar`,
  /** A model that whoever let a job serve its inbox brought along. */
  servedModel: (job: string, sha256: string, ending: 'onnx' | 'mjs') => `models/${job}/served-${sha256}.${ending}`,
  /** Inference job that serves an inbox; read when an event arrives. */
  inboxJob: (name: string) => `jobs/${name}.json`,
  /** Below it, a folder for each deployed stream; core/objects/addresses.ts has what is in it. */
  stream: (name: string) => `streams/${name}/`,
  /** What is put here is a record of the stream. */
  streamArrivals: (name: string) => `streams/${name}/arrivals/`,
  inbox: 'inbox/',
  /** Put beside the files of a batch, it starts one run over all of them. */
  ready: '_READY',
} as const;
