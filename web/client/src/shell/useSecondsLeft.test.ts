// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { RefusedError } from '@/live/connection'
import { useSecondsLeft } from './useSecondsLeft'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('counts down to nothing, and begins anew with the next refusal', async () => {
  const scope = effectScope()
  const error = ref<unknown>(null)
  const left = scope.run(() => useSecondsLeft(() => error.value))!
  expect(left.value).toBeNull()
  error.value = new RefusedError('too_fast', '', { seconds: 2.4 })
  await nextTick()
  expect(left.value).toBe(3)
  vi.advanceTimersByTime(1000)
  expect(left.value).toBe(2)
  vi.advanceTimersByTime(5000)
  expect(left.value).toBe(0)
  error.value = new RefusedError('too_fast', '', { seconds: 9 })
  await nextTick()
  expect(left.value).toBe(9)
  scope.stop()
  vi.advanceTimersByTime(5000)
  expect(left.value).toBe(9)
})

it('has nothing to count where nothing is to be waited for', () => {
  for (const error of [null, new Error('x'), new RefusedError('too_long', '', { seconds: 5 }), new RefusedError('too_fast', '', {})]) {
    const scope = effectScope()
    expect(scope.run(() => useSecondsLeft(() => error))!.value).toBeNull()
    scope.stop()
  }
})
