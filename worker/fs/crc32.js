/**
 * CRC-32 (IEEE 802.3, as in zlib), eight bytes a step; may be fed in pieces.
 */

const TABLES = makeTables();

function makeTables() {
  const tables = new Uint32Array(8 * 256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
    tables[n] = c;
  }
  for (let n = 256; n < 8 * 256; n++) {
    const c = /** @type {number} */ (tables[n - 256]);
    tables[n] = (c >>> 8) ^ /** @type {number} */ (tables[c & 0xff]);
  }
  return tables;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} [previous] result for the bytes before these
 * @returns {number} unsigned
 */
export function crc32(bytes, previous = 0) {
  const t = TABLES;
  const b = bytes;
  let c = ~previous;
  let i = 0;
  for (const end = b.length - 7; i < end; i += 8) {
    const x = c ^ (at(b, i) | (at(b, i + 1) << 8) | (at(b, i + 2) << 16) | (at(b, i + 3) << 24));
    c = at(t, 1792 + (x & 0xff)) ^ at(t, 1536 + ((x >>> 8) & 0xff)) ^ at(t, 1280 + ((x >>> 16) & 0xff)) ^ at(t, 1024 + (x >>> 24))
      ^ at(t, 768 + at(b, i + 4)) ^ at(t, 512 + at(b, i + 5)) ^ at(t, 256 + at(b, i + 6)) ^ at(t, at(b, i + 7));
  }
  for (; i < b.length; i++) c = (c >>> 8) ^ at(t, (c ^ at(b, i)) & 0xff);
  return ~c >>> 0;
}

/** An element known to exist. @param {Uint8Array | Uint32Array} array @param {number} index */
function at(array, index) {
  return /** @type {number} */ (array[index]);
}
