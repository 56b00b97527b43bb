/** What `task.python` asks for cannot be had, on this host or on any other: the message has the words of pip. */
export class EnvironmentFailed extends Error {
  override readonly name = 'EnvironmentFailed';
}
