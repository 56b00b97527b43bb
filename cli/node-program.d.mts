/** Path of a Node that Lockstep can run on; undefined where there is none. */
export function nodeProgram(): string | undefined;
/** What to say then. */
export function noNode(): string;
