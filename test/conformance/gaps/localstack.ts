import type { Gaps } from './gap.ts';

const LOADING = 'the call fails as a whole (ServiceException), with the error in its message';
const ENDS = { hangs: 'a process that ends is waited for' };
const CONTINUED = 'a page that begins behind a key with letters beyond ASCII is an InternalError';
const WORDS = 'the message has other words in front of those';
const IN_THE_WAY = 'it is an error of Python (States.Runtime)';
const HEARTBEATS = 'heartbeats that stay away are States.Timeout';
const TOKENS = 'every token that no running task waits for is InvalidToken';

/** LocalStack core 2026.3.0 with DynamoDB Local. */
export const LOCALSTACK: Gaps = {
  'conditional requests of S3 > takes the same conditions for the deletion of an object':
    'a deletion takes no conditions (NotImplemented)',
  'listings of S3 > names every key of a prefix once, in pages of 1': CONTINUED,
  'listings of S3 > names every key of a prefix once, in pages of 3': CONTINUED,
  'listings of S3 > names every key of a prefix once, in pages of 4': CONTINUED,
  'listings of S3 > folds what lies below a delimiter, in pages of 1': CONTINUED,
  'listings of S3 > folds what lies below a delimiter, in pages of 2': CONTINUED,

  'a failure in Lambda > of loading is reported by its own name: broken': LOADING,
  'a failure in Lambda > of loading is reported by its own name: syntax': LOADING,
  'a failure in Lambda > of loading is reported by its own name: missing': LOADING,
  'a failure in Lambda > of loading is reported by its own name: unexported': LOADING,
  'a failure in Lambda > to exit is Runtime.ExitError, and the next event gets a new process': ENDS,
  'a failure in Lambda > by a signal is Runtime.ExitError too': ENDS,
  'the Invoke API of Lambda > refuses a payload that is not JSON': 'any payload is taken',

  'data through a state > many of {"list":[{"v":1}]}':
    'a range that finds one value gives the value, an index that finds one a list',
  'data through a state > many of {"list":[]}': WORDS,
  'data through a state > a path that leads nowhere is States.Runtime': WORDS,
  'data through a state > a ResultPath through {"a":[]} is refused': IN_THE_WAY,
  'data through a state > a ResultPath through {"a":5} is refused': IN_THE_WAY,
  'data through a state > a ResultPath through ["no object"] is refused': 'the result is dropped',
  'data through a state > a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch':
    'a Catch of States.ALL takes it',
  'errors > a Choice without a rule that applies is States.NoChoiceMatched':
    'it is an error of Python (States.Runtime)',
  'errors > an execution past the TimeoutSeconds of its machine is TIMED_OUT': 'it has no error beside its status',
  'Map > begins no further item after a failure; a Distributed Map reports the threshold':
    'a Distributed Map goes on, with null for the item that failed',
  'Map > of what is not an array is States.Runtime': 'it is States.QueryEvaluationError',

  'the name of an execution > has 80 characters at most and no blanks': 'any name is taken',
  'the input of an execution > over 262,144 bytes is refused, and so is what is not JSON': 'there is no limit',
  'StopExecution > ends it at once with its error; no Catch and no later state runs':
    'it answers before the execution has ended',

  'a task that waits for its token > fails with the error of SendTaskFailure, and may be retried with a new token':
    'a retry waits for the same token',
  'a task that waits for its token > lives as long as heartbeats come, and then is States.HeartbeatTimeout': HEARTBEATS,
  'a task that waits for its token > whose heartbeats stay away can be caught as States.Timeout': HEARTBEATS,
  'a task that waits for its token > past TimeoutSeconds is States.Timeout however often it beats': TOKENS,
  'a token > whose task is over is TaskTimedOut: answered, stopped or failed': TOKENS,
  'a token > that was never given is TaskDoesNotExist, and what is no token at all is InvalidToken': TOKENS,
  'a token > answered with what is not JSON is InvalidOutput, and the task waits on': 'any text is taken',
  'the callback of Step Functions > answers a task once; whoever comes later is told so, and changes nothing':
    'a heartbeat of a task without HeartbeatSeconds is InvalidToken',
};
