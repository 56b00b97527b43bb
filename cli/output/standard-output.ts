/** Standard output and error as others hold them: a pipe whose reader leaves, a file on a disk that is full. */
export interface StandardOutput {
  print(line: string): void;
  /** Resolves when all is written: with the error if some of it could not be, other than that nobody reads any more. */
  flushed(): Promise<Error | undefined>;
}

/**
 * A reader that leaves (`| head -1`) ends neither the run nor its cleaning up, as it would by an error that nobody
 * handles: what comes after is not written, the outcome stays in the run's folder and in the exit code.
 */
export function openStandardOutput({ stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): StandardOutput {
  let failure: NodeJS.ErrnoException | undefined;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') failure ??= error;
  });
  // Standard error only tells how the run gets on.
  stderr.on('error', () => {});
  return {
    print: (line) => void stdout.write(`${line}\n`),
    flushed: () =>
      new Promise((resolve) => {
        // The error event of a write that failed comes after its callback.
        stdout.write('', () => setImmediate(() => resolve(failure)));
      }),
  };
}
