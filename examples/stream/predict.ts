import type { RecordBatch } from 'apache-arrow';

/** Degrees from which on a machine is hot, and vibration in mm/s from which on it is loose. */
const HOT = 80;
const LOOSE = 7.1;

/** Says of each reading what is wrong with the machine. */
export function predict(readings: RecordBatch) {
  const temperatures: Float64Array = readings.getChild('temperature')?.toArray();
  const vibrations: Float64Array = readings.getChild('vibration')?.toArray();
  const label = Array.from(temperatures, (degrees, row) => {
    if ((vibrations[row] ?? 0) > LOOSE) return 'loose';
    return degrees > HOT ? 'hot' : 'fine';
  });
  return { label };
}
