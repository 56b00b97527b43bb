/** A function as the template describes it, with everything resolved. */
export interface FunctionSpec {
  readonly name: string;
  readonly arn: string;
  /** Folder of the unpacked code. */
  readonly codeDir: string;
  /** `<path of the module without ending>.<export>` */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  /** Environments that may run at once; further invocations wait for a free one. */
  readonly maxConcurrency: number;
}

/** What a failed invocation says: the JSON that the Lambda API returns beside `FunctionError`. */
export interface FunctionFailure {
  readonly errorType?: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export type Outcome =
  | { readonly ok: true; readonly payload: string }
  | { readonly ok: false; readonly failure: FunctionFailure };
