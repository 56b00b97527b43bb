/**
 * The embedded local cloud as its users see it. `startCloud` brings up, on loopback, every service that the synthesized
 * templates in `assemblyDir` need, and creates the template's resources in them. No second definition of a workflow,
 * table or rule exists: the template is the only source.
 */
export interface CloudOptions {
  /** Output folder of `cdk synth`. */
  readonly assemblyDir: string;
  /** Names of the stacks in it that are brought up. @default all */
  readonly stacks?: readonly string[];
  /** Everything the cloud writes is below this folder. */
  readonly stateDir: string;
  /** First of some ten ports on 127.0.0.1; 0 (default) lets the system choose free ones. LS_PORT_BUSY if one is taken. */
  readonly port?: number;
  /** Folder of the embedded warehouse: `<database>/<table>.parquet`. */
  readonly warehouse?: string;
  /** Folder for compiled code of the functions, which may outlive the cloud. @default none is kept */
  readonly codeCache?: string;
  /** `"<type>/<zone>/<market>"` → hosts that the pool can supply. */
  readonly capacity?: Readonly<Record<string, number>>;
}

/** What a program needs of a cloud that is up. */
export interface CloudAccess {
  /** Variables that make any AWS SDK talk to this cloud: endpoints, region, credentials that are not secret. */
  readonly env: Readonly<Record<string, string>>;
  /** Outputs of the stack, e.g. `BucketName`, `TableName`, `TrainingWorkflowArn`, `InferenceWorkflowArn`. */
  readonly outputs: Readonly<Record<string, string>>;
  /** URL of the fleet emulator's control API: capacity, faults, instances with their process ids, bill. */
  readonly fleetControlUrl: string;
}

export interface LocalCloud extends CloudAccess {
  /** Resources of the app that are left out, each as `<logical id> (<type>): <why>`. Calls to them fail. */
  readonly notEmulated: readonly string[];
  /** Folder in which S3 takes files of this machine as objects, see s3/offered-files.ts. */
  readonly offersDir: string;
  /** Calls `listener` with every object that is written, once it is visible. */
  onObjectCreated(listener: (written: { readonly bucket: string; readonly key: string }) => void): void;
  /** Makes a path another name of an object's file, see s3/start-s3.ts; false where it has to be copied. */
  linkTo(path: string, object: { readonly bucket: string; readonly key: string }): boolean;
  /** Stops every process and closes every port that the cloud opened. Safe to call twice. */
  stop(): Promise<void>;
}
