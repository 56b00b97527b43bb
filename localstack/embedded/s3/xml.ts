import type { ServerResponse } from 'node:http';

/** An element by name; a list repeats it, undefined leaves it out. */
export type XmlContent = { readonly [name: string]: XmlValue };
type XmlValue = string | number | boolean | undefined | XmlContent | readonly (XmlContent | string)[];

/** Elements as text, in the order of the object's keys. */
function toXml(content: XmlContent): string {
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one) => element(name, one)))
    .join('');
}

/** Answers with one XML document. */
export function sendXml(response: ServerResponse, root: string, content: XmlContent, status = 200): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${toXml(content)}</${root}>`;
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

/** Texts of every element of this name, unescaped; enough for the flat documents that S3 takes. */
export function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`, 'g');
  return [...xml.matchAll(pattern)].map((match) => match[1] ?? '');
}

/** Plain text out of an element. */
export const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(amp|lt|gt|quot|apos));/gi, (_all, hex, decimal, name) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    return NAMED[name as keyof typeof NAMED];
  });

const NAMED = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function element(name: string, value: XmlValue | XmlContent | string): string {
  if (value === undefined) return '';
  const inner = typeof value === 'object' ? toXml(value as XmlContent) : escapeXml(String(value));
  return `<${name}>${inner}</${name}>`;
}

/** Control characters are legal in keys, and only a character reference carries them through a parser. */
const escapeXml = (text: string) =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  text.replace(/[&<>"'\u0000-\u001f]/g, (char) => ESCAPES[char] ?? `&#x${char.charCodeAt(0).toString(16)};`);

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
