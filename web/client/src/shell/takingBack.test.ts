import { expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
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
  one.begin()
  line.given = 8
  const closes: [TakenBack, boolean][] = [['nothing', true], ['all', true], ['unsure', false], ['waits', false]]
  for (const [answer, may] of closes) {
    line.answer = answer
    expect(one.mayClose()).toBe(may)
  }
  expect(line.asked).toEqual([Infinity, 7, 7, 7, 7])
})

it('says after a while that something is still on its way, as long as it is', async () => {
  vi.useFakeTimers()
  const scope = effectScope()
  const busy = ref(false)
  const one = scope.run(() => takingBack(() => busy.value))!
  one.begin()
  line.given++
  busy.value = true
  await nextTick()
  vi.advanceTimersByTime(1400)
  expect(one.slow.value).toBe(false)
  vi.advanceTimersByTime(200)
  expect(one.slow.value).toBe(true)
  busy.value = false
  await nextTick()
  expect(one.slow.value).toBe(false)

  busy.value = true
  await nextTick()
  scope.stop()
  vi.advanceTimersByTime(5000)
  expect(one.slow.value).toBe(false)
  vi.useRealTimers()
})
