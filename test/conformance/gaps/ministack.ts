import type { Gaps } from './gap.ts';

const NULLS = 'a path that leads nowhere gives null';
const SPACES = 'documents are written again, with spaces in them';
const LOADING = 'errors of loading are all RuntimeError';
const TOKENS = 'a token whose task is over, and what is no token, are TaskDoesNotExist';
const HEARTBEATS = { hangs: 'HeartbeatSeconds never ends a task' };

/** MiniStack 1.5.33, with the corrections of localstack/emulators/ministack/run.py. */
export const MINISTACK: Gaps = {
  'multipart uploads to S3 > refuses parts that were not uploaded, too small ones, and an upload that is over':
    'parts of less than 5 MiB are taken (no EntityTooSmall)',

  'a failure in Lambda > to serialise the answer is a failure of the event': 'it ends the process',
  'a failure in Lambda > of loading is reported by its own name: broken': LOADING,
  'a failure in Lambda > of loading is reported by its own name: syntax': LOADING,
  'a failure in Lambda > of loading is reported by its own name: missing': LOADING,
  'a failure in Lambda > of loading is reported by its own name: unexported': LOADING,
  'a failure in Lambda > to exit is Runtime.ExitError, and the next event gets a new process':
    'the message is another one, without the exit status',
  'a failure in Lambda > in a promise that nobody handles ends the process with that error':
    'it is Runtime.ExitError, without the error',
  'the Invoke API of Lambda > answers by name and by ARN, and marks a failure of the function': SPACES,
  'the Invoke API of Lambda > refuses a payload that is not JSON': 'any payload is taken',

  'data through a state > many of {"list":[{"v":1}]}': 'ranges and negative indices in paths give null',
  'data through a state > many of {"list":[]}': NULLS,
  'data through a state > a path that leads nowhere is States.Runtime': NULLS,
  'data through a state > a ResultPath through {"a":[]} is refused': 'what is in the way is replaced',
  'data through a state > a ResultPath through {"a":5} is refused': 'what is in the way is replaced',
  'data through a state > a ResultPath through ["no object"] is refused': 'what is in the way is replaced',
  'data through a state > a result over 256 KiB is States.DataLimitExceeded, which States.ALL does not catch':
    'there is no limit of 256 KiB',
  'errors > an execution past the TimeoutSeconds of its machine is TIMED_OUT': {
    hangs: 'TimeoutSeconds of a machine is not looked at',
  },
  'errors > one failing branch ends the Parallel at once': 'the other branches run on to their ends',
  'Map > as a Distributed Map takes its concurrency from a path': 'MaxConcurrencyPath is not looked at',
  'Map > begins no further item after a failure; a Distributed Map reports the threshold': 'all items are begun',
  'Map > of what is not an array is States.Runtime': 'it is taken for a list of one',

  'the name of an execution > with the same input gives the one that runs, with another input is refused':
    'a name is refused twice, whatever the input',
  'the name of an execution > has 80 characters at most and no blanks': 'any name is taken',
  'the input of an execution > over 262,144 bytes is refused, and so is what is not JSON':
    'there is no limit, and any text is taken',
  'StopExecution > changes nothing about one that has ended': 'it is refused by ValidationException',
  'the records of executions > describe one with its times, input and output': SPACES,
  'the records of executions > tell the phases of an execution, in order and with times': 'a task has no TaskStarted',
  'an execution started by another > that fails fails the task with its record as the cause':
    'the error is that of the other execution, not States.TaskFailed',

  'a task that waits for its token > fails with the error of SendTaskFailure, and may be retried with a new token':
    'a retry waits for the same token',
  'a task that waits for its token > lives as long as heartbeats come, and then is States.HeartbeatTimeout': HEARTBEATS,
  'a task that waits for its token > whose heartbeats stay away can be caught as States.Timeout': HEARTBEATS,
  'a task that waits for its token > past TimeoutSeconds is States.Timeout however often it beats': TOKENS,
  'a task that waits for its token > fails at once where the call itself fails': {
    hangs: 'the failure of the call is lost, and the task waits on',
  },
  'a token > whose task is over is TaskTimedOut: answered, stopped or failed': TOKENS,
  'a token > that was never given is TaskDoesNotExist, and what is no token at all is InvalidToken': TOKENS,
  'a token > answered with what is not JSON is InvalidOutput, and the task waits on': 'any text is taken',

  'the workflows of Step Functions > are the same execution where the same start is repeated while it runs':
    'a name is refused twice, whatever the input',
  'the workflows of Step Functions > fail with the code and the words of the function that failed':
    'an execution that failed has an output as well',
  'the workflows of Step Functions > that have ended are not ended again': 'StopExecution refuses one that has ended',
};
