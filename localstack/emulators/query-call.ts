import { REGION } from '../embedded/template/account.ts';

/**
 * One call of an emulator's API by AWS's Query protocol, as the account's root; returns the XML of the answer. For the
 * few calls that tests make of IAM, STS and CloudFormation, for each of which the SDK has a package of its own. The
 * signature is none: emulators take it from the root.
 */
export async function queryCall(
  url: string,
  service: 'iam' | 'sts' | 'cloudformation',
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const scope = `local/20260101/${REGION}/${service}/aws4_request`;
  const version = { iam: '2010-05-08', sts: '2011-06-15', cloudformation: '2010-05-15' }[service];
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-date': '20260101T000000Z',
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=0`,
    },
    body: new URLSearchParams({ Version: version, ...parameters }).toString(),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${parameters.Action}: ${response.status} ${text}`);
  return text;
}

/** The text of every element of this name, in their order, with its entities resolved. */
export const elements = (xml: string, name: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))].map(([, text = '']) =>
    text
      .replaceAll('&quot;', '"')
      .replaceAll('&apos;', "'")
      .replaceAll('&#39;', "'")
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&'),
  );
