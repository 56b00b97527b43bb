/** A value that can be written as XML. A list becomes `<item>`s; what is undefined is left out. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** Writes `<name>…</name>`. */
function element(name: string, value: Xml): string {
  if (value === undefined) return '';
  return `<${name}>${content(value)}</${name}>`;
}

/** The whole answer of an action, in EC2's namespace. */
export function response(action: string, requestId: string, body: { readonly [name: string]: Xml }): string {
  const inner = content({ requestId, ...body });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${action}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${inner}</${action}Response>`;
}

/** EC2's error document. */
export function errorResponse(code: string, message: string, requestId: string): string {
  const body = element('Errors', { Error: { Code: code, Message: message } }) + element('RequestID', requestId);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Response>${body}</Response>`;
}

function content(value: Exclude<Xml, undefined>): string {
  if (isList(value)) return value.map((member) => element('item', member)).join('');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, member]) => element(name, member))
      .join('');
  }
  return escapeText(String(value));
}

const isList = (value: Xml): value is readonly Xml[] => Array.isArray(value);

function escapeText(value: string): string {
  return value.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
