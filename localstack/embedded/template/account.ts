/** The account and region that every ARN of the local cloud names. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';
export const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

/** `arn:aws:<service>:<region>:<account>:<rest>` */
export const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
