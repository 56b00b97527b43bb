/** The races of `npm run bench:peers`, with what each is held to. */
import { join } from 'node:path';
import { checkSame, type InferenceArm, lockstepArm, makeSite, pythonLines, type Site, scriptArm } from './inference.ts';

export interface PlannedRace {
  readonly key: string;
  readonly name: string;
  readonly reach: string;
  /** Of each arm that does not say otherwise. */
  readonly laps: number;
  readonly arms: readonly InferenceArm[];
  check(): Promise<void>;
}

/** Pythons that hold what the peers need; those that could not be made are left out. */
export interface Pythons {
  readonly pyarrow: string;
  readonly spark: string | undefined;
  readonly ray: string | undefined;
}

/** Laps of whole processes of seconds, and of tens of seconds. */
const LAPS = 7;
const FEW_LAPS = 2;

/** Every race, by its key; each makes the rows that it needs below the folder when it is asked for. */
export const RACES: Readonly<Record<string, (folder: string, pythons: Pythons) => Promise<PlannedRace>>> = {
  async arrow(folder, pythons) {
    const site = await makeSite(join(folder, 'arrow'), pythons.pyarrow, { rows: 2_000_000, kinds: ['arrow'] });
    return planned('arrow', site, {
      name: '2,000,000 rows of 32 floats, FixedSizeList in Arrow',
      reach: 'the whole command in at most twice the time of the script',
      arms: [lockstepArm('lockstep infer', site, 'rows.arrow'), pyarrowArm(site, 'rows.arrow')],
    });
  },
  async parquet(folder, pythons) {
    const site = await makeSite(join(folder, 'parquet'), pythons.pyarrow, { rows: 2_000_000, kinds: ['parquet'] });
    const { spark, ray } = pythons;
    const long = { rows: 'rows.parquet', laps: FEW_LAPS };
    return planned('parquet', site, {
      name: '2,000,000 rows of 32 floats, Parquet (snappy)',
      reach: 'ten times as fast as PySpark and as Ray, with their start',
      arms: [
        lockstepArm('lockstep infer', site, 'rows.parquet'),
        pyarrowArm(site, 'rows.parquet'),
        ...(spark ? [scriptArm('PySpark mapInArrow', site, { ...long, script: 'spark_onnx.py', python: spark })] : []),
        ...(ray ? [scriptArm('Ray Data map_batches', site, { ...long, script: 'ray_onnx.py', python: ray })] : []),
      ],
    });
  },
  async small(folder, pythons) {
    const site = await makeSite(join(folder, 'small'), pythons.pyarrow, { rows: 100, kinds: ['arrow'] });
    return planned('small', site, {
      name: '100 rows: what a start costs',
      reach: 'the whole command in at most 1.5 s',
      arms: [lockstepArm('lockstep infer', site, 'rows.arrow'), pyarrowArm(site, 'rows.arrow')],
    });
  },
  async python(folder, pythons) {
    const site = await makeSite(join(folder, 'python'), pythons.pyarrow, { rows: 1_000_000, kinds: ['arrow'] });
    const { python } = site;
    return planned('python', site, {
      name: '1,000,000 rows of 32 floats, a Python program with a model in numpy',
      reach: 'the work at 0.9 of the speed of the same program in one process',
      arms: [
        lockstepArm('lockstep infer', site, 'rows.arrow', pythonLines('numpy_predict.py', site)),
        scriptArm('the program by itself', site, { script: 'python_numpy.py', python, rows: 'rows.arrow' }),
      ],
    });
  },
  async files(folder, pythons) {
    const site = await makeSite(join(folder, 'files'), pythons.pyarrow, { rows: 200_000, kinds: ['files', 'arrow'] });
    return planned('files', site, {
      name: '200,000 rows in 2,000 files, and in one',
      reach: 'at most twice the time of one file',
      laps: FEW_LAPS,
      arms: [lockstepArm('2,000 files', site, 'rows'), lockstepArm('one file', site, 'rows.arrow')],
    });
  },
  async large(folder, pythons) {
    const site = await makeSite(join(folder, 'large'), pythons.pyarrow, { rows: 20_000_000, kinds: ['arrow'] });
    return planned('large', site, {
      name: '20,000,000 rows of 32 floats, FixedSizeList in Arrow',
      reach: 'the infer phase at 0.8 of the speed of the script',
      laps: FEW_LAPS,
      arms: [lockstepArm('lockstep infer', site, 'rows.arrow'), pyarrowArm(site, 'rows.arrow')],
    });
  },
};

const pyarrowArm = (site: Site, rows: string): InferenceArm =>
  scriptArm('pyarrow + onnxruntime', site, { script: 'pyarrow_onnx.py', python: site.python, rows });

const planned = (
  key: string,
  site: Site,
  race: Pick<PlannedRace, 'name' | 'reach' | 'arms'> & { readonly laps?: number },
): PlannedRace => ({ key, laps: LAPS, ...race, check: () => checkSame(site, race.arms) });
