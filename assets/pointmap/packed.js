/* The bytes a map is sent as. One feed, as hamr/views/base/packing.py writes it, little-endian:

     0   4 bytes   "HPM1"
     4   uint32    H, the length of the header in bytes
     8   H bytes   header, JSON in UTF-8, padded with spaces to a multiple of 4:
                   {map, part, version, arrays: [[name, type, length], ...], values: {...}}
     then each array in that order, type one of u1, u2, u4, i4, f4, padded to a multiple of 4.  */

export const FULL = 65535; // the packed coordinate of the frame's high end

const ARRAY_TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };
const padded = (bytes) => (bytes + 3) & ~3;

const headerLength = (bytes) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true);

/** The header of a feed: {map, part, version, values, arrays: [[name, type, length], ...]}. */
export function headerOf(bytes) {
  const text = new TextDecoder();
  if (text.decode(bytes.subarray(0, 4)) !== "HPM1") throw new Error("not a point map feed");
  return JSON.parse(text.decode(bytes.subarray(8, 8 + headerLength(bytes))));
}

/** Read a feed: its header, with the arrays as {name: typed array}. */
export function unpack(bytes) {
  const header = headerOf(bytes);
  // A copy: the message's own bytes may start at any offset, typed arrays may not.
  const { buffer } = bytes.slice(8 + headerLength(bytes));
  const arrays = {};
  let offset = 0;
  for (const [name, type, length] of header.arrays) {
    arrays[name] = new ARRAY_TYPES[type](buffer, offset, length);
    offset += padded(arrays[name].byteLength);
  }
  return { ...header, arrays };
}
