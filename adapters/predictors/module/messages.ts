/** What the thread of a module is started with; then they talk as ../program/messages.ts says. */
export interface ModuleThreadData {
  /** The bundled module. */
  readonly path: string;
}
