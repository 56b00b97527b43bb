import type { IncomingMessage } from 'node:http';
import type { Calls } from '../services/calls.ts';
import type { CancellationService } from '../services/cancellation.ts';
import type { CheckpointService } from '../services/checkpoints.ts';
import type { ProgressService } from '../services/progress.ts';
import type { ResultService } from '../services/results.ts';
import type { ShardService } from '../services/shards.ts';
import type { StepService } from '../services/steps.ts';
import type { TaskDescription } from '../wire.ts';

/** What the tasks of one attempt can ask for. */
export interface TaskServices {
  describe(rank: number): TaskDescription;
  /**
   * Whether a task speaks for the run, with its result and its progress: rank 0 does; any may where tasks are launchers, which
   * number their processes themselves, so that rank 0 of the program can be on any host.
   */
  speaks(rank: number): boolean;
  readonly calls: Calls;
  readonly checkpoints: CheckpointService;
  readonly results: ResultService;
  readonly shards: ShardService;
  readonly progress: ProgressService;
  readonly steps: StepService;
  readonly cancellation: CancellationService;
}

/** One request, once it is known whose it is. `path` holds the groups of the route's pattern. */
export interface TaskRequest {
  readonly rank: number;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly message: IncomingMessage;
}

/** The bytes of a file, as they come from the disk. */
export class FileAnswer {
  readonly sizeBytes: number;
  readonly path: string;

  constructor(file: { readonly path: string; readonly sizeBytes: number }) {
    this.path = file.path;
    this.sizeBytes = file.sizeBytes;
  }
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly pattern: RegExp;
  /** An object is answered as JSON, a file as its bytes. */
  readonly handle: (request: TaskRequest, services: TaskServices) => Promise<object>;
}
