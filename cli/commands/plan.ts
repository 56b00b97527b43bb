import type { CommandContext } from './context.ts';
export async function plan(_f: string, _c: CommandContext): Promise<never> { throw new Error('not yet'); }
