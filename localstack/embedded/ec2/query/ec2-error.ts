/** A refusal in EC2's own words: the code is one of AWS's documented error codes. */
export class Ec2Error extends Error {
  readonly code: string;
  /** HTTP status: 400 for the caller's mistakes and for shortages, 503 for throttling, 500 for EC2's own failures. */
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.name = 'Ec2Error';
    this.code = code;
    this.status = status;
  }
}
