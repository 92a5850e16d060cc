import { describe, expect, it } from 'vitest'
import type { RoomDoc } from '@/live/docs'
import { expertAsked } from './expertAsked'

const doc = (own: object, stage = 'identity') => ({ stage, own: { role: 'party', consents: {}, expert_consent_asked: true, ...own } }) as RoomDoc

describe('expertAsked', () => {
  it('asks a party until there is an answer', () => {
    expect(expertAsked(doc({}))).toBe(true)
    for (const expert of [true, false]) expect(expertAsked(doc({ consents: { expert } }))).toBe(false)
  })
  it('asks nobody else, and nobody once all is over', () => {
    expect([expertAsked(null), expertAsked(doc({ role: 'expert' })), expertAsked(doc({ expert_consent_asked: undefined })), expertAsked(doc({}, 'archive'))]).toEqual([false, false, false, false])
  })
})
