import { AwsError } from '../http/aws-error.ts';

/** `UNLOAD (<select>) TO '<to>' WITH (format = 'PARQUET', compression = '…')` */
export interface UnloadStatement {
  readonly select: string;
  /** `s3://<bucket>/<prefix>/`, always with the slash at its end. */
  readonly to: string;
  /** As Parquet writers spell it. */
  readonly compression: 'snappy' | 'gzip' | 'zstd' | 'uncompressed';
}

// The last `TO '…' WITH (…)` of the text is the envelope's: what is inside its parentheses is checked by the parser.
const ENVELOPE = /^\s*UNLOAD\s*\(([\s\S]*)\)\s*TO\s*'((?:[^']|'')*)'\s*WITH\s*\(([^()]*)\)\s*;?\s*$/i;
const PROPERTY = /^\s*(\w+)\s*=\s*'((?:[^']|'')*)'\s*$/;
const COMPRESSIONS = { SNAPPY: 'snappy', GZIP: 'gzip', ZSTD: 'zstd', NONE: 'uncompressed' } as const;

/** Takes the envelope apart; InvalidRequestException for everything else that Athena would run. */
export function parseUnload(text: string): UnloadStatement {
  const [, select, to, list] = ENVELOPE.exec(text) ?? [];
  if (select === undefined || to === undefined || list === undefined) {
    throw refused(
      "the embedded warehouse runs UNLOAD (SELECT …) TO 's3://…/' WITH (format = 'PARQUET') and nothing else",
    );
  }
  if (!/^(\s|--.*\n|\/\*[\s\S]*?\*\/|\()*(SELECT|WITH)\b/i.test(select)) {
    throw refused("line 1:9: mismatched input. Expecting: 'SELECT', 'WITH'");
  }
  if (!/^s3:\/\/[^/]+\/./.test(to)) throw refused(`TO must be s3://<bucket>/<prefix>/, not '${to}'`);
  const properties = parseProperties(list);
  const format = properties.get('format')?.toUpperCase() ?? 'none';
  if (format !== 'PARQUET') throw refused(`format must be 'PARQUET' in the embedded warehouse, not ${format}`);
  const compression = properties.get('compression')?.toUpperCase() ?? 'GZIP';
  if (!Object.hasOwn(COMPRESSIONS, compression)) throw refused(`compression ${compression} is not supported`);
  return {
    select,
    to: `${to.replaceAll("''", "'").replace(/\/+$/, '')}/`,
    compression: COMPRESSIONS[compression as keyof typeof COMPRESSIONS],
  };
}

function parseProperties(list: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  for (const item of list.split(',')) {
    const [, name = '', value = ''] = PROPERTY.exec(item) ?? [];
    if (!['format', 'compression'].includes(name.toLowerCase())) {
      throw refused(`property ${item.trim()} of UNLOAD is not supported in the embedded warehouse`);
    }
    properties.set(name.toLowerCase(), value);
  }
  return properties;
}

const refused = (message: string) => new AwsError('InvalidRequestException', message);
