/** The jobs that `lockstep init` writes: a few files each, which run as they stand. */

/** What a folder can begin with. */
export const STARTER_KINDS = ['train', 'infer', 'pipeline', 'stream'] as const;
export type StarterKind = (typeof STARTER_KINDS)[number];
export type StarterLanguage = 'typescript' | 'python';

/** A file that is written, and where it lies below `starters/` of this module. */
export interface StarterFile {
  readonly name: string;
  readonly source: string;
  /** What it is, in a few words. */
  readonly about: string;
}

export interface Starter {
  readonly about: string;
  readonly files: (language: StarterLanguage) => readonly StarterFile[];
  /** The command that runs it. */
  readonly next: string;
}

const file = (name: string, source: string, about: string): StarterFile => ({ name, source, about });

const TRAINING: Readonly<Record<StarterLanguage, readonly StarterFile[]>> = {
  typescript: [
    file('train.yaml', 'typescript/train.yaml', 'the job: data, hosts, limits'),
    file('train.ts', 'typescript/train.ts', 'what every rank runs'),
    file('warehouse/shop/flowers.parquet', 'data/flowers.parquet', 'the table flowers of the database shop'),
  ],
  python: [
    file('train.yaml', 'python/train.yaml', 'the job: hosts, program, limits'),
    file('train.py', 'python/train.py', 'what every rank runs; needs Python 3 alone'),
    file('onnx_file.py', 'python/onnx_file.py', 'writes the model as an ONNX file'),
    file('flowers.csv', 'data/flowers.csv', '150 flowers of three species'),
  ],
};

const BATCH = file('new-flowers.arrow', 'data/new-flowers.arrow', 'the rows to predict');

const INFERENCE: Readonly<Record<StarterLanguage, readonly StarterFile[]>> = {
  typescript: [
    file('infer.yaml', 'infer/infer.yaml', 'the job: model, input, output'),
    file('flowers.onnx', 'data/flowers.onnx', 'a logistic regression, as skl2onnx exports it'),
    BATCH,
  ],
  python: [
    file('infer.yaml', 'infer-python/infer.yaml', 'the job: program, input, output'),
    file('predict.py', 'infer-python/predict.py', 'what predicts; needs Python 3 with pyarrow'),
    BATCH,
  ],
};

export const STARTERS: Readonly<Record<StarterKind, Starter>> = {
  train: {
    about: 'a gang of two hosts that trains a model and publishes it',
    files: (language) => TRAINING[language],
    next: 'lockstep train train.yaml',
  },
  infer: {
    about: 'a model over rows of an Arrow file, from scikit-learn here',
    files: (language) => INFERENCE[language],
    next: 'lockstep infer infer.yaml',
  },
  pipeline: {
    about: 'both: train, publish, and predict a batch when it arrives',
    files: (language) => [
      file('pipeline.yaml', 'pipeline/pipeline.yaml', 'names the two jobs, and what to hold the predictions against'),
      ...TRAINING[language],
      file('infer.yaml', 'pipeline/infer.yaml', 'the job of the inference'),
      BATCH,
    ],
    next: 'lockstep pipeline pipeline.yaml',
  },
  stream: {
    about: 'a model over files as they appear in a folder',
    files: () => [
      file('stream.yaml', 'stream/stream.yaml', 'the job: model, folders, batching'),
      file('flowers.onnx', 'data/flowers.onnx', 'a logistic regression, as skl2onnx exports it'),
      file('arriving/new-flowers.arrow', 'data/new-flowers.arrow', 'the first file that arrives'),
    ],
    next: 'lockstep stream stream.yaml --once',
  },
};
