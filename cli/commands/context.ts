import type { CloudChoice } from '../cloud/choose.ts';
import type { Home } from '../home.ts';
import type { Interrupt } from '../interrupt.ts';
import type { Screen } from '../output/screen.ts';

/** What every command works with. */
export interface CommandContext {
  readonly home: Home;
  readonly screen: Screen;
  readonly interrupt: Interrupt;
  readonly choice: CloudChoice;
  /** Writes a line of a result to standard output. */
  readonly print: (line: string) => void;
  readonly json: boolean;
}
