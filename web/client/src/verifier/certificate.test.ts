// @vitest-environment node
import { AlgorithmIdentifier, PublicKeyInfo } from 'pkijs'
import { expect, it } from 'vitest'
import { Certificate, signatureHolds } from './certificate'
import { crc32 } from './hashing'

/** r and s as the DER that certificates carry; `zero`: with a needless zero in front of each. */
function pair(raw: Uint8Array, zero = false): Uint8Array {
  const whole = [raw.subarray(0, 32), raw.subarray(32)].map((half) => {
    const least = half.subarray(half.findIndex((byte) => byte !== 0))
    const body = [...(zero || least[0] >= 0x80 ? [0] : []), ...(zero && least[0] >= 0x80 ? [0] : []), ...least]
    return [2, body.length, ...body]
  })
  return Uint8Array.of(0x30, whole.flat().length, ...whole.flat())
}

it('takes a signature in its one spelling only', async () => {
  const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const key = new PublicKeyInfo()
  await key.importKey(keys.publicKey)
  const [data, named] = [Uint8Array.of(1, 2, 3), new AlgorithmIdentifier({ algorithmId: '1.2.840.10045.4.3.2' })]
  const raw = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, data))
  expect(await signatureHolds(data, pair(raw), key, named)).toBe(true)
  expect(await signatureHolds(data, pair(raw, true), key, named)).toBe(false)
  expect(await signatureHolds(data, raw, key, named)).toBe(false)
  expect(await signatureHolds(Uint8Array.of(1, 2), pair(raw), key, named)).toBe(false)
})

it('refuses what is no certificate', () => {
  expect(() => new Certificate(Uint8Array.of(0x30, 0))).toThrow('der_malformed')
  expect(() => new Certificate(Uint8Array.of(0x30, 6, 0x30, 0, 0x30, 0, 3, 0))).toThrow(/malformed/)
})

it('has the checksum of ZIP', () => {
  const text = new TextEncoder().encode('123456789')
  expect(crc32(text)).toBe(0xcbf43926)
  expect(crc32(text.subarray(4), crc32(text.subarray(0, 4)))).toBe(0xcbf43926)
})
