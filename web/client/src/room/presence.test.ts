import { describe, expect, it } from 'vitest'
import { gone } from './presence'

describe('who is not there', () => {
  it.each([
    ['nothing is known yet', {}, 'party', false],
    ['has the page open', { seats: { s1: { online: true } } }, 'party', false],
    ['closed the page, or was never back after a restart', { seats: { m: { online: true } } }, 'party', true],
    ['is still heard while the line comes back', { seats: { s1: { up: true } } }, 'party', false],
    ['lost both', { seats: { s1: { up: false } } }, 'party', true],
    ['a device has no page', { seats: { m: { online: true } } }, 'device', false],
  ])('%s', (_, live, role, expected) => expect(gone(live, 's1', role)).toBe(expected))
})
