import { describe, expect, it } from 'vitest'
import { doings, inRoom, type Matter } from './resident'

const one = (reported: boolean, ...to_do: string[]): Matter => ({ id: 'k', party: 'p1', code: 'HY-7K3M-92QF', kind: 'dispute', stage: 'mediating', history: [], reported, title: null, mediator: null, reported_at: '', to_do, enter: true, photos: 0, answered: 0, recordings: null })

describe('what waits for a resident', () => {
  it('names the way into the room once, by what is most urgent there', () => {
    expect(doings(one(true, 'sign', 'enter', 'rate'))).toEqual(['sign', 'rate'])
    expect(doings(one(true, 'perform'))).toEqual(['perform'])
  })
  it('leads a party who did not report to the own place in the session, always', () => {
    expect(inRoom(one(false), 'perform')).toBe(true)
    expect(inRoom(one(true), 'perform')).toBe(false)
    expect(inRoom(one(true), 'sign')).toBe(true)
  })
})
