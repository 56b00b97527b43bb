/**
 * A schema message in front of the bytes of a footer. The footer of a file holds its schema, but readers of record
 * batches want the schema as a message; flatbuffer offsets are relative and may point anywhere forward, so a message
 * table of 32 bytes that points into the footer behind it is one.
 */
const LAYOUT = { rootAt: 0, vtableAt: 4, tableAt: 16, footerAt: 32 } as const;
const SCHEMA_HEADER = 1;
const PREFIX_BYTES = 8;

/** The encapsulated message, with its length prefix and no body. `schemaAt` is the table's position in the footer. */
export function schemaMessage(
  footer: Uint8Array,
  { schemaAt, version }: { schemaAt: number; version: number },
): Uint8Array {
  const metadataBytes = (LAYOUT.footerAt + footer.length + 7) & ~7;
  const message = new Uint8Array(PREFIX_BYTES + metadataBytes);
  const prefix = new DataView(message.buffer);
  prefix.setUint32(0, 0xffffffff, true);
  prefix.setUint32(4, metadataBytes, true);
  const table = new DataView(message.buffer, PREFIX_BYTES);
  table.setUint32(LAYOUT.rootAt, LAYOUT.tableAt, true);
  // vtable: its size, the size of the table, then the offsets of version, header type and header in the table
  [10, 12, 4, 6, 8].forEach((entry, i) => {
    table.setUint16(LAYOUT.vtableAt + 2 * i, entry, true);
  });
  table.setInt32(LAYOUT.tableAt, LAYOUT.tableAt - LAYOUT.vtableAt, true);
  table.setInt16(LAYOUT.tableAt + 4, version, true);
  table.setUint8(LAYOUT.tableAt + 6, SCHEMA_HEADER);
  table.setUint32(LAYOUT.tableAt + 8, LAYOUT.footerAt + schemaAt - (LAYOUT.tableAt + 8), true);
  message.set(footer, PREFIX_BYTES + LAYOUT.footerAt);
  return message;
}
