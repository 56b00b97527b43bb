import type { TaskUser } from '#adapters/process/task-user.ts';
import type { Roster } from '#core/gang/records.ts';
import type { TrainJob } from '#core/job/job.ts';
import type { Secrets } from '#core/launch/ports.ts';
import type { Objects } from '#core/objects/ports.ts';
import type { Accelerators } from '#core/resources/accelerators.ts';
import type { Clock, Log } from '#core/system/ports.ts';
import type { ProgressStore } from '#core/training/ports.ts';
import type { ParquetDecoder } from '#formats/parquet/decoder.ts';
import type { Calls } from './services/calls.ts';
import type { Workspace } from './workspace.ts';

/** What one attempt on a host is made of. */
export interface AttemptOptions {
  readonly roster: Roster;
  readonly instanceId: string;
  readonly job: TrainJob;
  readonly accelerators: Accelerators;
  readonly workspace: Workspace;
  /** Whom the tasks run as. @default - the user of the agent */
  readonly user?: TaskUser | undefined;
  /** Environment of the agent, of which the tasks inherit the harmless part. */
  readonly env: NodeJS.ProcessEnv;
  readonly pythonFolder: string;
  readonly bucket: string;
  readonly objects: Objects;
  readonly progress: ProgressStore;
  readonly secrets: Secrets;
  readonly parquet: ParquetDecoder;
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
}
