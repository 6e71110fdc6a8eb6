/* The bytes a map is sent as. One feed, as hamr/views/base/packing.py writes it, little-endian:

     0   4 bytes   "HPM1"
     4   uint32    H, the length of the header in bytes
     8   H bytes   header, JSON in UTF-8, padded with spaces to a multiple of 4:
                   {map, part, version, arrays: [[name, type, length], ...], values: {...}}
     then each array in that order, type one of u1, u2, u4, i4, f4, padded to a multiple of 4.  */

export const FULL = 65535; // the packed coordinate of the frame's high end

const ARRAY_TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array, f4: Float32Array };
const padded = (bytes) => (bytes + 3) & ~3;

/** Read a feed: {map, part, version, values, arrays: {name: typed array}}. */
export function unpack(bytes) {
  // A copy: the message's own bytes may start at any offset, typed arrays may not.
  const buffer = bytes.slice().buffer;
  const text = new TextDecoder();
  if (text.decode(new Uint8Array(buffer, 0, 4)) !== "HPM1") throw new Error("not a point map feed");
  const headerLength = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(text.decode(new Uint8Array(buffer, 8, headerLength)));
  const arrays = {};
  let offset = 8 + headerLength;
  for (const [name, type, length] of header.arrays) {
    arrays[name] = new ARRAY_TYPES[type](buffer, offset, length);
    offset += padded(arrays[name].byteLength);
  }
  return { ...header, arrays };
}
