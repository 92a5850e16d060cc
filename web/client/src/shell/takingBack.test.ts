import { expect, it, vi } from 'vitest'
import type { TakenBack } from '@/live/connection'
import { takingBack } from './takingBack'

const line = vi.hoisted(() => ({ given: 7, answer: 'nothing' as string, asked: [] as number[] }))
vi.mock('@/live/connection', () => ({
  given: () => line.given,
  takeBack: (since: number) => (line.asked.push(since), since === Infinity ? 'nothing' : line.answer),
  waits: (since: number) => since < line.given,
}))

it('takes back what was given since the act, and nothing before it', () => {
  const one = takingBack()
  expect(one.mayClose()).toBe(true)
  expect(one.waiting()).toBe(false)
  one.begin()
  line.given = 8
  expect(one.waiting()).toBe(true)
  const closes: [TakenBack, boolean][] = [['nothing', true], ['all', true], ['unsure', false], ['waits', false]]
  for (const [answer, may] of closes) {
    line.answer = answer
    expect(one.mayClose()).toBe(may)
  }
  expect(line.asked).toEqual([Infinity, 7, 7, 7, 7])
})
