// @vitest-environment jsdom
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createApp, ref, shallowRef, type App } from 'vue'
import { createMemoryHistory, createRouter, type Router } from 'vue-router'
import type { Entered } from '@/api'
import { keptIn } from '@/kept.fake'
import { emptyDraft } from '@/report/draft'
import type { Outbox } from '@/report/outbox'
import { placeOf, type Waiting } from '@/report/queue'
import { lastHere, noteHere } from './lastHere'
import { useSignOut } from './useSignOut'

const kept = new Map<string, unknown>()
const one = (account: string): Waiting => ({ owner: `intake/${account}`, at: 1, key: 'k', fields: emptyDraft().fields, photos: [], told: null, own: '' })
const asked: string[] = []
let answered: () => Response = () => new Response('{}')
let app: App
let router: Router

function open(waiting: Waiting[]): ReturnType<typeof useSignOut> {
  let out!: ReturnType<typeof useSignOut>
  const outbox = shallowRef({ ready: Promise.resolve(), waiting: shallowRef(waiting) } as unknown as Outbox<Entered>)
  router = createRouter({ history: createMemoryHistory(), routes: ['/', '/sign-in'].map((path) => ({ path, component: {} })) })
  app = createApp({ setup: () => ((out = useSignOut(ref('a'), outbox)), () => null) })
  app.use(router).mount(document.createElement('div'))
  return out
}

beforeEach(() => {
  kept.clear()
  asked.length = 0
  answered = () => new Response('{}')
  for (const account of ['a', 'b']) {
    kept.set(placeOf(one(account)), one(account))
    kept.set(`intake/${account}`, emptyDraft())
  }
  noteHere({ kind: 'account', id: 'a', name: '王', role: 'grid_worker', region: '' }, 'main')
  vi.stubGlobal('indexedDB', keptIn(kept))
  vi.stubGlobal('fetch', async (path: string) => (asked.push(path), answered()))
})
afterEach(() => {
  app.unmount()
  vi.unstubAllGlobals()
})

it('asks nothing where nothing waits', async () => {
  const out = open([])
  await out.ask()
  expect(out.asking.value).toBe(false)
  expect(asked).toEqual(['/api/sign-out?as=main'])
  expect(router.currentRoute.value.path).toBe('/sign-in')
  expect(lastHere()).toBe(null)
})

it('asks first where something waits: it stays, or it is deleted, of this account alone', async () => {
  for (const drop of [false, true]) {
    const out = open([one('a')])
    await out.ask()
    expect(out.asking.value).toBe(true)
    expect(asked).toEqual([])
    await out.leave(drop)
    expect(out.asking.value).toBe(false)
    expect([...kept.keys()].filter((name) => name.includes('intake/a') || name.includes('intake%2Fa'))).toHaveLength(drop ? 0 : 2)
    expect([...kept.keys()].filter((name) => name.includes('intake/b') || name.includes('intake%2Fb'))).toHaveLength(2)
    asked.length = 0
    app.unmount()
  }
  open([])
})

it('signs nobody out without a network, deletes nothing, and says so', async () => {
  answered = () => {
    throw new TypeError('no network')
  }
  const out = open([one('a')])
  await out.leave(true)
  expect(out.cut.value).toBe(true)
  expect(kept.size).toBe(4)
  expect(router.currentRoute.value.path).not.toBe('/sign-in')
  expect(lastHere()?.who.id).toBe('a')
})

it('lets go whoever is not signed in any more', async () => {
  answered = () => new Response('{"code":"session_ended"}', { status: 403 })
  const out = open([])
  await out.ask()
  expect(out.cut.value).toBe(false)
  expect(lastHere()).toBe(null)
})
