/** File of the code package that a `task.module` is bundled into. */
export const TASK_BUNDLE = 'task.mjs';
