/** Where AWS documents what a suite of test/conformance or test/contract holds the clouds to. */
const STATES = 'https://docs.aws.amazon.com/step-functions/latest';
const S3 = 'https://docs.aws.amazon.com/AmazonS3/latest';

/** Suite → the page of AWS's documentation. */
export const DOCUMENTED: Readonly<Record<string, string>> = {
  'multipart uploads to S3': `${S3}/API/API_CompleteMultipartUpload.html`,
  'conditional requests of S3': `${S3}/userguide/conditional-requests.html`,
  'listings of S3': `${S3}/API/API_ListObjectsV2.html`,
  'a failure in Lambda': 'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html',
  'the Invoke API of Lambda': 'https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html',
  'data through a state': `${STATES}/dg/concepts-input-output-filtering.html`,
  errors: `${STATES}/dg/concepts-error-handling.html`,
  Map: `${STATES}/dg/state-map.html`,
  'the name of an execution': `${STATES}/apireference/API_StartExecution.html`,
  'the input of an execution': `${STATES}/apireference/API_StartExecution.html`,
  StopExecution: `${STATES}/apireference/API_StopExecution.html`,
  'the records of executions': `${STATES}/apireference/API_GetExecutionHistory.html`,
  'an execution started by another': `${STATES}/dg/connect-stepfunctions.html`,
  'a task that waits for its token': `${STATES}/dg/connect-to-resource.html`,
  'a token': `${STATES}/apireference/API_SendTaskSuccess.html`,
  'the workflows of Step Functions': `${STATES}/apireference/API_DescribeExecution.html`,
  'the callback of Step Functions': `${STATES}/apireference/API_SendTaskHeartbeat.html`,
};
