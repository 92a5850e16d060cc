// Whether a photograph has its end: browsers draw the part of one that was cut off, and the rest of it black, without a word.
const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda

/** Told of a JPEG (ISO/IEC 10918-1 annex B) and a PNG (RFC 2083 section 3.2), whatever follows behind their end; anything else is taken as whole. */
export function isWhole(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === SOI) return endsAsJpeg(bytes)
  if (bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47) return endsAsPng(bytes)
  return true
}

function endsAsJpeg(bytes: Uint8Array): boolean {
  let at = 2
  while (at + 1 < bytes.length) {
    if (bytes[at] !== 0xff) return true // no JPEG that is known here: the decoder judges
    const marker = bytes[at + 1]!
    if (marker === EOI) return true
    if (marker === 0xff || (marker >= 0xd0 && marker <= 0xd7) || marker === 0x01) {
      at += marker === 0xff ? 1 : 2
      continue
    }
    if (at + 3 >= bytes.length) return false
    at += 2 + ((bytes[at + 2]! << 8) | bytes[at + 3]!)
    if (marker === SOS) at = afterScan(bytes, at)
  }
  return false
}

/** Where the next marker stands behind the coded picture: a stuffed 0xFF and a restart are part of it. */
function afterScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0 && at + 1 < bytes.length; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]!
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at
  }
  return bytes.length
}

function endsAsPng(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    if (view.getUint32(at + 4) === 0x49454e44) return true // IEND
  }
  return false
}
