/** Values of an option that may be given again, in their order. */
export const collected = (one: string, before: readonly string[] = []): readonly string[] => [...before, one];
