// @vitest-environment jsdom
import { beforeEach, expect, it } from 'vitest'
import { forgetHere, lastAccount, lastHere, noteHere, OPENS_DAYS } from './lastHere'

const DAY = 24 * 60 * 60_000
const wang = { kind: 'account', id: 'w', name: '王', role: 'grid_worker', region: '139901001' }

beforeEach(() => localStorage.clear())

it('opens as whoever was signed in last, for three days', () => {
  expect(lastHere()).toBe(null)
  noteHere(wang, 'main', 0)
  expect(lastHere(OPENS_DAYS * DAY)).toMatchObject({ who: wang, as: 'main' })
  expect(lastHere(OPENS_DAYS * DAY + 1)).toBe(null)
  expect(lastHere(-OPENS_DAYS * DAY - 1)).toBe(null)
  // What waits is still theirs.
  expect(lastAccount()).toBe('w')
})

it('is the next one’s once somebody else has signed in, and nobody’s after signing out', () => {
  noteHere(wang, 'main', 0)
  noteHere({ ...wang, id: 'l' }, 'main', 1)
  expect(lastHere(2)?.who.id).toBe('l')
  localStorage.setItem('heyi.intake.l', '{}')
  forgetHere('l')
  expect(lastHere(2)).toBe(null)
  expect(lastAccount()).toBe('')
  expect(localStorage.length).toBe(0)
})

it('says nothing of what is not its own', () => {
  localStorage.setItem('heyi.staff', '{"seen":')
  expect(lastHere()).toBe(null)
  localStorage.setItem('heyi.staff', '{}')
  expect(lastHere()).toBe(null)
  expect(lastAccount()).toBe('')
})
