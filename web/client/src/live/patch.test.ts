import { describe, expect, it } from 'vitest'
import { applyPatch } from './patch'

describe('applyPatch', () => {
  it('adds, replaces and removes', () => {
    expect(applyPatch({ a: 1, b: { c: 1, d: 2 } }, { a: null, b: { c: 3 }, e: [1] })).toEqual({ b: { c: 3, d: 2 }, e: [1] })
  })
  it('replaces a list whole and turns a value into an object', () => {
    expect(applyPatch({ a: [1, 2], b: 1 }, { a: [3], b: { c: 1 } })).toEqual({ a: [3], b: { c: 1 } })
  })
  it('does not change what it was given', () => {
    const before = { a: { b: 1 } }
    applyPatch(before, { a: { b: 2 } })
    expect(before).toEqual({ a: { b: 1 } })
  })
})
