// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is CloudFormation that fills these in
import { describe, expect, it } from 'vitest';
import { NO_VALUE, resolve, type Scope } from '../../../localstack/embedded/template/intrinsics.ts';

const scope: Scope = {
  imported: (name) => `imported ${name}`,
  zones: ['us-east-1a', 'us-east-1b'],
  ref: (id) => ({ Bucket: 'the-bucket', 'AWS::Region': 'us-east-1', 'AWS::NoValue': NO_VALUE })[id] ?? `ref-${id}`,
  attribute: (id, name) => `${id}/${name}`,
  condition: (name) => name === 'Yes',
  mapping: (...names) => names.join('.'),
};

describe('an intrinsic function', () => {
  it.each([
    [{ Ref: 'Bucket' }, 'the-bucket'],
    [{ 'Fn::GetAtt': ['Fn1', 'Arn'] }, 'Fn1/Arn'],
    [{ 'Fn::ImportValue': { 'Fn::Join': [':', ['Other', 'Out']] } }, 'imported Other:Out'],
    [{ 'Fn::GetAtt': 'Db.Endpoint.Address' }, 'Db/Endpoint.Address'],
    [{ 'Fn::Join': [',', ['a', { Ref: 'Bucket' }, { Ref: 'AWS::NoValue' }]] }, 'a,the-bucket'],
    [{ 'Fn::Join': ['', { 'Fn::Split': ['-', 'a-b-c'] }] }, 'abc'],
    [
      { 'Fn::Sub': 'arn:${AWS::Region}:${Bucket}:${Fn1.Arn}:${!Literal}' },
      'arn:us-east-1:the-bucket:Fn1/Arn:${Literal}',
    ],
    [{ 'Fn::Sub': ['${x}/${Bucket}', { x: { Ref: 'AWS::Region' } }] }, 'us-east-1/the-bucket'],
    [{ 'Fn::Select': ['1', { 'Fn::GetAZs': '' }] }, 'us-east-1b'],
    [{ 'Fn::Base64': { 'Fn::Join': ['', ['a', 'é']] } }, 'YcOp'],
    [{ 'Fn::If': ['Yes', { Ref: 'Bucket' }, 'no'] }, 'the-bucket'],
    [{ a: { 'Fn::If': ['No', 'x', { Ref: 'AWS::NoValue' }] }, b: 1 }, { b: 1 }],
    [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] }, true],
    [{ 'Fn::And': [true, { 'Fn::Not': [{ Condition: 'No' }] }] }, true],
    [{ 'Fn::Or': [{ Condition: 'No' }, { 'Fn::Equals': ['a', 'b'] }] }, false],
    [{ 'Fn::FindInMap': ['M', { Ref: 'AWS::Region' }, 'k'] }, 'M.us-east-1.k'],
    [
      { Statement: { Condition: { StringEquals: { a: { Ref: 'Bucket' } } } } },
      { Statement: { Condition: { StringEquals: { a: 'the-bucket' } } } },
    ],
  ])('%j', (value, resolved) => {
    expect(resolve(value, scope)).toEqual(resolved);
  });

  it('that is not known is named', () => {
    expect(() => resolve({ a: [{ 'Fn::Transform': 'x' }] }, scope)).toThrow('Fn::Transform');
    expect(() => resolve({ 'Fn::Transform': {} }, scope)).toThrow('Fn::Transform');
    expect(() => resolve({ 'Fn::Select': [5, ['a']] }, scope)).toThrow('the list has 1 elements');
  });
});
