import type { Summary } from '../output/summary.ts';
import type { CommandContext } from './context.ts';
export async function pipeline(_f: string, _g: unknown, _c: CommandContext): Promise<Summary> { throw new Error('not yet'); }
