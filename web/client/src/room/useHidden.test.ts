// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { useHidden } from './useHidden'

let state: DocumentVisibilityState = 'visible'
const turn = (to: DocumentVisibilityState): void => {
  state = to
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => state)
})
afterEach(() => {
  state = 'visible'
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a page out of sight', () => {
  it('is so after a while, and not by a glance away', () => {
    const scope = effectScope()
    const hidden = scope.run(useHidden)!
    turn('hidden')
    vi.advanceTimersByTime(3000)
    turn('visible')
    vi.advanceTimersByTime(9000)
    expect(hidden.value).toBe(false)
    turn('hidden')
    vi.advanceTimersByTime(4001)
    expect(hidden.value).toBe(true)
    turn('visible')
    expect(hidden.value).toBe(false)
    scope.stop()
  })

  it('may be so from its beginning', () => {
    state = 'hidden'
    const scope = effectScope()
    const hidden = scope.run(useHidden)!
    vi.advanceTimersByTime(4001)
    expect(hidden.value).toBe(true)
    scope.stop()
  })
})
