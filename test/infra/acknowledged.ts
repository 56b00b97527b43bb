/** Findings of cdk-nag that are accepted, each with the reason. A finding is its rule, and for IAM5 what is wide. */
export interface Acknowledgement {
  readonly finding: RegExp;
  readonly reason: string;
}

export const ACKNOWLEDGED: readonly Acknowledgement[] = [
  {
    finding: /^AwsSolutions-S1$/,
    reason:
      'Access logs would need a second bucket that outlives this one; who needs them brings a bucket that has them.',
  },
  {
    finding: /^AwsSolutions-VPC7$/,
    reason:
      'The network has no way in or out but endpoints; flow logs of gang traffic would cost more than the network.',
  },
  {
    finding: /^AwsSolutions-SF1$/,
    reason: 'Standard workflows keep the history of every execution for 90 days; a copy in a log adds cost and rights.',
  },
  {
    finding: /^AwsSolutions-SF2$/,
    reason: 'The functions are not traced, so a trace of the workflow would say less than its history.',
  },
  {
    finding: /^AwsSolutions-SQS3$/,
    reason: 'These are the dead-letter queues themselves.',
  },
  {
    finding:
      /IAM5\[Resource::<DataBucket\w+\.Arn>\/(runs|athena|models|inbox|jobs|data|environments)\/\*(\/checkpoints\/\*)?\]$/,
    reason: 'Objects of a run have keys that are made while it runs; the prefix is the narrowest name for them.',
  },
  {
    finding: /IAM5\[Resource::<DataBucket\w+\.Arn>\/runs\/<aws:PrincipalTag\/lockstep-run>\/(checkpoints\/)?\*\]$/,
    reason: 'What a run writes has keys that are made while it runs; the session can name no other run than its own.',
  },
  {
    finding: /IAM5\[Resource::arn:<AWS::Partition>:s3:::<DataBucket\w+>\/\*\]$/,
    reason: 'CDK grants it for the item reader of the Distributed Map: read only, in the deployment’s own bucket.',
  },
  {
    finding: /IAM5\[Resource::arn:<AWS::Partition>:glue:<AWS::Region>:<AWS::AccountId>:(database|table)\/\*\]$/,
    reason: 'The tables are those that the user’s query names; read only, and Lake Formation can narrow it.',
  },
  {
    finding:
      /IAM5\[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:(instance|volume|network-interface|spot-instances-request)\/\*\]$/,
    reason:
      'They do not exist before the launch. Conditions bind each to this launch template or this deployment’s tag.',
  },
  {
    finding: /IAM5\[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>::image\/\*\]$/,
    reason: 'The image changes with the SSM parameter; the launch template is what binds it.',
  },
  {
    finding: /IAM5\[Resource::\*\]$/,
    reason: 'EC2 describes all instances of the account or none: DescribeInstances knows no narrower resource.',
  },
  {
    finding: /IAM5\[Resource::<\w+Function\w+\.Arn>:\*\]$/,
    reason: 'CDK grants the state machine every version of its own functions.',
  },
  {
    finding: /IAM5\[Resource::arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:.*\*\]$/,
    reason:
      'The Distributed Map starts and stops executions of its own state machine, whose names are made as it runs.',
  },
];
