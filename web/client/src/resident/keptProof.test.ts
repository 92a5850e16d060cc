import { beforeEach, expect, it } from 'vitest'
import { forgetProof, keepProof, keptProof } from './keptProof'

const at = Date.parse('2026-11-29T04:00:00Z')
const asked = { again: '2026-11-29T04:01:00Z', until: '2026-11-29T04:05:00Z', shown: '123456' }
const store = new Map<string, string>()
beforeEach(() => {
  store.clear()
  globalThis.sessionStorage = { getItem: (k: string) => store.get(k) ?? null, setItem: (k: string, v: string) => void store.set(k, v), removeItem: (k: string) => void store.delete(k) } as Storage
})

it('keeps the number as long as its code lives, and never the code', () => {
  keepProof('sign-in', '13800000001', asked)
  expect([...store.values()].join()).not.toContain('123456')
  expect(keptProof('sign-in', at)).toEqual({ phone: '13800000001', again: asked.again, until: asked.until })
  expect(keptProof('other', at)).toBeNull()
  expect(keptProof('sign-in', Date.parse(asked.until))).toBeNull()
  expect(store.size).toBe(0)
})

it('forgets it, and takes nothing that is cut off', () => {
  keepProof('sign-in', '13800000001', asked)
  forgetProof('sign-in')
  expect(keptProof('sign-in', at)).toBeNull()
  store.set('heyi.proof.sign-in', '{"phone"')
  expect(keptProof('sign-in', at)).toBeNull()
})
