// Hashes of data in memory and of pieces as they come. Signatures are the browser's (WebCrypto); it cannot hash piece by piece, so this library does.
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

export type HashName = 'sha256' | 'sha384' | 'sha512'
const MAKERS = { sha256, sha384, sha512 }
const PIECE = 2 ** 20

export const DIGESTS: Record<string, HashName | undefined> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}
export const WEB_NAMES: Record<HashName, string> = { sha256: 'SHA-256', sha384: 'SHA-384', sha512: 'SHA-512' }

export const hex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
export const sha256Hex = (data: Uint8Array): string => hex(sha256(data))
export const hashing = (): ReturnType<typeof sha256.create> => sha256.create()
export const digestOf = (name: HashName, data: Uint8Array): Uint8Array => MAKERS[name](data)

/** Several parts in a row. */
export function joined(parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** The page gets a turn before the promise is kept. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

/** The hash of several parts in a row, with turns for the page in between. */
export async function digestOfParts(name: HashName, parts: Uint8Array[]): Promise<Uint8Array> {
  const state = MAKERS[name].create()
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE) {
      state.update(part.subarray(at, at + PIECE))
      if (at) await breathe()
    }
  }
  return state.digest()
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let value = n
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** CRC-32 of `data` after what `crc` is the checksum of. */
export function crc32(data: Uint8Array, crc = 0): number {
  let value = ~crc
  for (let n = 0; n < data.length; n++) value = TABLE[(value ^ data[n]) & 0xff] ^ (value >>> 8)
  return ~value >>> 0
}
