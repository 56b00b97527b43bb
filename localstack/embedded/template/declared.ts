/** Resolved properties of one resource, in the words of CloudFormation, with its physical name. */
export interface Declared {
  readonly logicalId: string;
  /** What `Ref` gives. */
  readonly ref: string;
  readonly arn: string;
  readonly properties: Readonly<Record<string, unknown>>;
}
