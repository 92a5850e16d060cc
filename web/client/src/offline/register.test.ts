import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openOffline } from './register'
import { INTAKE, REPORT } from './rule'

const register = vi.fn(async () => undefined)
let loaded: (() => void) | undefined

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubEnv('PROD', true)
  register.mockClear()
  loaded = undefined
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', { serviceWorker: { register } })
  vi.stubGlobal('document', { readyState: 'loading' })
  vi.stubGlobal('addEventListener', (_: string, heard: () => void) => (loaded = heard))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

it('brings the worker when the page has loaded, for the report page alone', () => {
  openOffline(REPORT)
  vi.advanceTimersByTime(60_000)
  expect(register).not.toHaveBeenCalled()
  loaded!()
  expect(register).not.toHaveBeenCalled()
  vi.advanceTimersByTime(1_000)
  expect(register).toHaveBeenCalledWith('/sw.js', { scope: '/report', updateViaCache: 'none' })
})

it('brings another one for the page where staff enters cases', () => {
  vi.stubGlobal('document', { readyState: 'complete' })
  openOffline(INTAKE)
  vi.advanceTimersByTime(1_000)
  expect(register).toHaveBeenCalledExactlyOnceWith('/sw.js', { scope: '/desk/intake', updateViaCache: 'none' })
})

it('asks for none where browsers allow none, and bears a refusal', async () => {
  vi.stubGlobal('document', { readyState: 'complete' })
  vi.stubGlobal('isSecureContext', false)
  openOffline(REPORT)
  vi.stubGlobal('isSecureContext', true)
  vi.stubGlobal('navigator', {})
  openOffline(REPORT)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(register).not.toHaveBeenCalled()
  vi.stubGlobal('navigator', { serviceWorker: { register: register.mockRejectedValueOnce(new Error('SecurityError')) } })
  openOffline(REPORT)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(register).toHaveBeenCalledOnce()
})
