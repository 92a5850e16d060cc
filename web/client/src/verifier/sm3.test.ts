// @vitest-environment node
import { createHash, randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { hex } from './hashing'
import { Sm3 } from './sm3'

const sm3 = (...pieces: Uint8Array[]): string => {
  const state = new Sm3()
  for (const piece of pieces) state.update(piece)
  return hex(state.digest())
}

it('is that of the standard', () => {
  // GB/T 32905-2016, A.1 and A.2
  expect(sm3(new TextEncoder().encode('abc'))).toBe('66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0')
  expect(sm3(new TextEncoder().encode('abcd'.repeat(16)))).toBe('debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732')
})

it('is that of OpenSSL for every length around a block, in whatever pieces', () => {
  for (const length of [...Array(260).keys(), 4095, 2 ** 20 + 1]) {
    const data = randomBytes(length)
    const cut = length && data[0]! % length
    const known = createHash('sm3').update(data).digest('hex')
    expect(sm3(data)).toBe(known)
    expect(sm3(data.subarray(0, cut), data.subarray(cut))).toBe(known)
  }
})

it('goes on from a copy', () => {
  const state = new Sm3()
  state.update(randomBytes(100))
  const copy = state.clone()
  expect(hex(copy.digest())).toBe(hex(state.digest()))
})
