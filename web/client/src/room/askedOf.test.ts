import { describe, expect, it } from 'vitest'
import type { RoomDoc } from '@/live/docs'
import { caucusAsked, expertAsked } from './askedOf'

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

describe('caucusAsked', () => {
  const inside = { id: 'c', seats: ['m', 's1'], since: '', open: true }
  const talk = (own: object, more: object = {}) => ({ stage: 'caucus', pause: 'caucus', caucus: inside, own: { role: 'party', consents: {}, ...own }, ...more }) as RoomDoc
  it('asks a party inside a private talk of a recorded session, once', () => {
    expect(caucusAsked(talk({}))).toBe(true)
    for (const given of [true, false]) expect(caucusAsked(talk({ consents: { caucus_recording: given } }))).toBe(false)
  })
  it('asks nobody else, and not before the door is closed', () => {
    const others = [null, talk({ role: 'mediator' }), talk({}, { pause: undefined }), talk({}, { caucus: undefined }), talk({}, { caucus: { ...inside, open: false } })]
    expect(others.map(caucusAsked)).toEqual([false, false, false, false, false])
  })
})
