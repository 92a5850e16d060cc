// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, nextTick, reactive, shallowRef, type EffectScope } from 'vue'
import type { Connection } from '@/live/connection'
import { useRefusal, type Who } from '@/live/door'
import { PATIENCE } from '@/offline/rule'
import { tab } from '@/session'
import { lastHere, noteHere } from './lastHere'
import { useOffline } from './useOffline'

const wang: Who = { kind: 'account', id: 'w', name: '王', role: 'grid_worker', region: '139901001' }
let scope: EffectScope
let state: { health: string; code: number; reason: string }
const close = vi.fn()
const line = (): Connection => ({ state, close, who: {} }) as unknown as Connection
const live = shallowRef<Who | null>(null)

function open(works = true): ReturnType<typeof useOffline> {
  scope = effectScope()
  return scope.run(() => useOffline(line(), live, () => works))!
}

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  sessionStorage.clear()
  live.value = null
  state = reactive({ health: 'connecting', code: 0, reason: '' })
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('opens as whoever was here last once the line cannot be made, or says nothing for some seconds', async () => {
  noteHere(wang, 'a1')
  const cut = open()
  expect(cut.last.value).toBe(null)
  state.health = 'reconnecting'
  await nextTick()
  expect(cut.last.value).toEqual(wang)
  expect(tab()).toBe('a1')
  scope.stop()
  state.health = 'connecting'
  const stalls = open()
  await vi.advanceTimersByTimeAsync(PATIENCE)
  expect(stalls.last.value).toEqual(wang)
})

it('opens as nobody in the tab of another session, on a page that needs a network, or where nobody was here', async () => {
  noteHere(wang, 'a1')
  sessionStorage.setItem('heyi.as', 'b2')
  const other = open()
  await vi.advanceTimersByTimeAsync(PATIENCE)
  expect([other.last.value, other.forgotten.value]).toEqual([null, true])
  scope.stop()
  sessionStorage.clear()
  const needs = open(false)
  await vi.advanceTimersByTimeAsync(PATIENCE)
  expect([needs.last.value, needs.forgotten.value]).toEqual([null, false])
  scope.stop()
  localStorage.clear()
  const nobody = open()
  await vi.advanceTimersByTimeAsync(PATIENCE)
  expect([nobody.last.value, nobody.forgotten.value]).toEqual([null, true])
  live.value = wang
  await nextTick()
  expect(nobody.forgotten.value).toBe(false)
})

it('notes who of staff is here, and nobody else', async () => {
  open()
  live.value = { ...wang, kind: 'seat' }
  await nextTick()
  expect(lastHere()).toBe(null)
  live.value = wang
  await nextTick()
  expect(lastHere()?.who).toEqual(wang)
})

it('asks again when the network is back: the session may have ended meanwhile', async () => {
  let answer: () => Response = () => {
    throw new TypeError('no network')
  }
  vi.stubGlobal('fetch', async () => answer())
  scope = effectScope()
  const refusal = scope.run(() => useRefusal(line()))!
  state.health = 'reconnecting'
  await vi.advanceTimersByTimeAsync(10)
  expect(refusal.value).toBe(null)
  answer = () => new Response('{"code":"session_ended"}', { status: 403 })
  window.dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(10)
  expect(refusal.value?.code).toBe('session_ended')
  expect(close).toHaveBeenCalled()
})
