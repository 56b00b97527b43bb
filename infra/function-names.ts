/**
 * Every Lambda function by the name of its file, `functions/<name>.ts`, and by the code asset that holds it. The control
 * functions are small and share one asset; those that run a model carry onnxruntime and have their own.
 */
export const CONTROL_FUNCTIONS = [
  'validate-job',
  'stage-data',
  'stage-input',
  'admit-gang',
  'acquire-hosts',
  'await-gang',
  'decide-gang',
  'publish-result',
  'release-hosts',
  'tend-hosts',
  'release-crew',
  'sweep-gangs',
  'host-events',
] as const;

export const INFERENCE_FUNCTIONS = ['plan-inference', 'infer-partition', 'commit-inference'] as const;

/** Functions of a stream, which a deployment has once for each, or not at all. They run models too. */
export const STREAM_FUNCTIONS = ['answer-stream'] as const;

type ControlFunction = (typeof CONTROL_FUNCTIONS)[number];
export type InferenceFunction = (typeof INFERENCE_FUNCTIONS)[number] | (typeof STREAM_FUNCTIONS)[number];
export type FunctionName = ControlFunction | InferenceFunction;

export const isInferenceFunction = (name: FunctionName): name is InferenceFunction =>
  [...INFERENCE_FUNCTIONS, ...STREAM_FUNCTIONS].some((each) => each === name);
