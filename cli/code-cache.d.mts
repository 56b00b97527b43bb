export function codeCacheFolder(env?: NodeJS.ProcessEnv): string;
export function keepCompiledCode(): void;
