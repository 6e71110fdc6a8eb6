/* Where feeds and maps find each other. A map draws; its feeds carry the bytes it draws.
   They are separate Streamlit elements, so that Streamlit sends each only when it changes:
   a new highlight costs bytes, not the points again. Maps are told apart by their key.

   One feed, as hamr/views/base/packing.py writes it, little-endian:

     0   4 bytes   "HPM1"
     4   uint32    H, the length of the header in bytes
     8   H bytes   header, JSON in UTF-8, padded with spaces to a multiple of 4:
                   {map, part, version, arrays: [[name, type, length], ...], values: {...}}
     then each array in that order, type one of u1, u2, u4, i4, padded to a multiple of 4.  */

const registry = (globalThis[Symbol.for("hamr.pointmap")] ??= { feeds: new Map(), maps: new Map() });

const ARRAY_TYPES = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, i4: Int32Array };
const padded = (bytes) => (bytes + 3) & ~3;

/** Read a feed: {map, part, version, values, arrays: {name: typed array}}. */
function unpack(bytes) {
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

const address = (map, part) => `${map} ${part}`;

function publish(feed) {
  registry.feeds.set(address(feed.map, feed.part), feed);
  registry.maps.get(feed.map)?.receive(feed);
}

function withdraw(feed) {
  const place = address(feed.map, feed.part);
  // A newer feed may already stand in its place; that one stays.
  if (registry.feeds.get(place) === feed) registry.feeds.delete(place);
}
