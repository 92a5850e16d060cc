import { afterEach, describe, expect, it, vi } from 'vitest'
import { keepAwake } from './awake'

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))

describe('the screen', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('stays on until it is let go, also after the page was left', async () => {
    const page = Object.assign(new EventTarget(), { hidden: false })
    const release = vi.fn(async () => undefined)
    const request = vi.fn(async () => ({ release }))
    vi.stubGlobal('document', page)
    vi.stubGlobal('navigator', { wakeLock: { request } })
    const sleep = keepAwake()
    await settled()
    page.hidden = true
    page.dispatchEvent(new Event('visibilitychange'))
    page.hidden = false
    page.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(request).toHaveBeenCalledTimes(2)
    sleep()
    page.dispatchEvent(new Event('visibilitychange'))
    await settled()
    expect(request).toHaveBeenCalledTimes(2)
    expect(release).toHaveBeenCalled()
  })
  it('goes off as ever where the browser cannot keep it on', async () => {
    vi.stubGlobal('document', Object.assign(new EventTarget(), { hidden: false }))
    for (const wakeLock of [undefined, { request: async () => Promise.reject(new Error('low battery')) }]) {
      vi.stubGlobal('navigator', { wakeLock })
      const sleep = keepAwake()
      await settled()
      expect(sleep).not.toThrow()
    }
  })
})
