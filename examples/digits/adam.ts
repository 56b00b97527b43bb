/** Adam (Kingma and Ba, 2015). Its two moments are part of what a checkpoint must hold. */
export class Adam {
  steps = 0;
  readonly mean: Float32Array;
  readonly square: Float32Array;
  private readonly rate: number;

  constructor(size: number, rate: number) {
    this.mean = new Float32Array(size);
    this.square = new Float32Array(size);
    this.rate = rate;
  }

  /** Moves the parameters, in place, one step against the gradient. */
  step(parameters: Float32Array, gradient: Float32Array): void {
    this.steps += 1;
    const { mean, square } = this;
    const rate = (this.rate * Math.sqrt(1 - 0.999 ** this.steps)) / (1 - 0.9 ** this.steps);
    for (let i = 0; i < parameters.length; i++) {
      const slope = gradient[i] as number;
      const m = 0.9 * (mean[i] as number) + 0.1 * slope;
      const s = 0.999 * (square[i] as number) + 0.001 * slope * slope;
      mean[i] = m;
      square[i] = s;
      parameters[i] = (parameters[i] as number) - (rate * m) / (Math.sqrt(s) + 1e-7);
    }
  }
}
