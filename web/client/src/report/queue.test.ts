import { describe, expect, it } from 'vitest'
import { RefusedError } from '@/live/connection'
import { emptyDraft } from './draft'
import { BYTES, fromDraft, full, GONE_DAYS, KEPT_DAYS, lapsed, momentAfter, MOST, nextDue, outcomeOf, over, pauseAfter, placeOf, placesOf, shownWhy, toDraft, whyOf, type Owner, type Waiting } from './queue'

const DAY = 24 * 60 * 60_000
const NOW = 1_800_000_000_000
const one = (key: string, at = NOW, owner: Owner = 'report', more: Partial<Waiting> = {}): Waiting => ({ ...fromDraft(owner, { ...emptyDraft(), key }, at), ...more })
const refused = { code: 'phone_length', detail: {} }

describe('what waits', () => {
  it('goes in the order in which it was made, also where the clock was put back, or has one digit more', () => {
    const first = one('b', 999)
    const second = one('a', momentAfter([first], 12))
    const third = one('c', momentAfter([first, second], NOW))
    expect([second.at, third.at]).toEqual([1000, NOW])
    const kept = [third, first, second].map(placeOf)
    expect(placesOf('report', kept)).toEqual([first, second, third].map(placeOf))
    expect(nextDue([first, second], new Set(), 1000)).toBe(first)
    expect(nextDue([first, second], new Set(['b']), 1000)).toBe(second)
    expect(nextDue([first, second], new Set(['a', 'b']), 1000)).toBe(undefined)
  })

  it('is not held up by one that was refused, nor by one that has waited too long', () => {
    const old = one('old', NOW - KEPT_DAYS * DAY - 1)
    const all = [old, one('no', NOW, 'report', { refused }), one('yes')]
    expect(nextDue(all, new Set(), NOW)?.key).toBe('yes')
    expect(shownWhy(old, NOW)).toEqual({ code: 'waited_long', detail: { days: KEPT_DAYS } })
    expect(shownWhy(all[1]!, NOW)).toEqual(refused)
    expect(shownWhy(all[2]!, NOW)).toBe(undefined)
  })

  it('is its account’s: no other one finds it, whatever they are called', () => {
    const owners: Owner[] = ['report', 'intake/a', 'intake/ab', 'intake/a/b', 'intake/a%2Fb', 'intake/']
    const kept = [...owners.map((owner) => placeOf(one('k', NOW, owner))), 'draft', 'intake/a', 'statement/k/p', 'waiting/x']
    for (const owner of owners) expect(placesOf(owner, kept)).toEqual([placeOf(one('k', NOW, owner))])
    expect(placesOf('intake/c', kept)).toEqual([])
  })

  it('has a limit in number and in bytes', () => {
    const many = Array.from({ length: MOST }, (_, n) => one(`k${n}`, n))
    expect(full(many.slice(1), one('next'))).toBe(null)
    expect(full(many, one('next'))).toMatchObject({ code: 'waiting_many', detail: { limit: MOST } })
    const heavy = (size: number): Blob => ({ size }) as Blob
    const waits = one('w', NOW, 'report', { photos: [heavy(BYTES / 2), heavy(BYTES / 4)] })
    const told = { blob: heavy(BYTES / 4), seconds: 9 }
    expect(full([waits], one('next', NOW, 'report', { told }))).toBe(null)
    expect(full([waits], one('next', NOW, 'report', { told, photos: [heavy(1)] }))).toMatchObject({ code: 'waiting_large', detail: { limit: BYTES / 1024 / 1024 } })
  })

  it('is deleted after its days: of another account at the first opening, of the own later', () => {
    const at = (days: number, owner: Owner): string => placeOf(one('k', NOW - days * DAY, owner))
    const kept = [at(KEPT_DAYS, 'intake/b'), at(KEPT_DAYS + 1, 'intake/b'), at(KEPT_DAYS + 1, 'intake/a'), at(KEPT_DAYS + 1, 'report'), at(GONE_DAYS + 1, 'intake/a'), at(GONE_DAYS + 1, 'report'), 'draft', 'intake/b']
    expect(over(kept, 'intake/a', NOW)).toEqual([kept[1], kept[4], kept[5]])
    expect(over(kept, 'report', NOW)).toEqual([kept[1], kept[2], kept[4], kept[5]])
    expect(lapsed(NOW - KEPT_DAYS * DAY, NOW)).toBe(false)
  })

  it('that is taken back and laid down again is the same one to the server', () => {
    const draft = { ...emptyDraft(), key: 'k', own: 'a', privacy: '1.0', fields: { ...emptyDraft().fields, title: '路灯不亮' } }
    expect(toDraft({ ...fromDraft('report', draft, NOW), refused })).toEqual(draft)
  })
})

describe('what becomes of one that was not taken', () => {
  it('depends on whether it was looked at', () => {
    for (const [code, retry, becomes] of [
      ['offline', true, 'cut'],
      ['storage_away', true, 'later'],
      ['server', true, 'later'],
      ['too_fast', false, 'slower'],
      ['signed_out', false, 'signIn'],
      ['session_ended', false, 'signIn'],
      ['account_disabled', false, 'signIn'],
      ['entered_by_another', false, 'signIn'],
      ['not_allowed', false, 'refused'],
      ['phone_length', false, 'refused'],
    ] as const)
      expect(outcomeOf(new RefusedError(code, '', {}, retry)), code).toBe(becomes)
    expect(outcomeOf(new TypeError())).toBe('refused')
    expect(whyOf(new RefusedError('too_long', '', { field: 'facts', limit: 5000 }))).toEqual({ code: 'too_long', detail: { field: 'facts', limit: 5000 } })
    expect(whyOf(new TypeError())).toEqual({ code: 'unknown', detail: {} })
  })

  it('is tried again ever more slowly, and never before the server wants it', () => {
    const pauses = [0, 1, 2, 3, 4, 50].map((rounds) => pauseAfter(rounds))
    expect(pauses).toEqual([8_000, 16_000, 32_000, 64_000, 120_000, 120_000])
    expect(pauseAfter(0, 40)).toBe(40_000)
    expect(pauseAfter(2, 1)).toBe(32_000)
  })
})
