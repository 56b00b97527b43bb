/** An object whose content is pinned. */
export interface ObjectRef {
  readonly uri: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}
