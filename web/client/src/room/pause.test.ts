import { expect, it } from 'vitest'
import { pauseWords, standsStill } from './pause'

const t = (key: string, values?: Record<string, unknown>): string => (values ? `${key} ${Object.values(values).join('/')}` : key)

it('puts the reason of a pause in words', () => {
  expect(pauseWords(t, 'rest')).toBe('room.pauses.rest')
  expect(pauseWords(t, 'privacy', '谈病情')).toBe('room.pauseAnd room.pauses.privacy/谈病情')
  expect(pauseWords(t, 'other', '换电池')).toBe('换电池')
  expect([pauseWords(t, 'consent'), pauseWords(t, 'mediator'), pauseWords(t)]).toEqual(['', '', ''])
})

it('tells everybody of a recording that stopped, and nobody of one that never ran', () => {
  expect(standsStill({ pause: 'call', stage: 'notice' })).toBe('paused')
  expect(standsStill({ pause: 'consent', recorded: true, stage: 'notice' })).toBe('consent')
  expect(standsStill({ pause: 'withdrawn', recorded: true, stage: 'notice' })).toBe('withdrawn')
  expect(standsStill({ pause: 'consent', stage: 'notice' })).toBe('')
  expect(standsStill({ pause: 'caucus', recorded: true, stage: 'caucus' })).toBe('')
  expect(standsStill({ pause: 'archive', recorded: true, stage: 'archive' })).toBe('')
})
