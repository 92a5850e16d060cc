// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Entered } from '@/api'
import { keptIn } from '@/kept.fake'
import { RefusedError } from '@/live/connection'
import { emptyDraft, type Draft } from './draft'
import { GONE_DAYS, KEPT_DAYS, MOST, placeOf, type Owner, type Waiting } from './queue'
import { openOutbox, type Outbox } from './outbox'
import { clear, countOf } from './shelf'
import { ofStaff, type Way } from './way'

const DAY = 24 * 60 * 60_000
const kept = new Map<string, unknown>()
const send = vi.fn<Way<Entered>['send']>()
let online = true
let opened: Outbox<Entered>[] = []

const wayOf = (account: string): Way<Entered> => ({ ...ofStaff(account), send })
function open(way: Way<Entered> = wayOf('a')): Outbox<Entered> {
  const outbox = openOutbox(way)
  opened.push(outbox)
  return outbox
}
const rest = (ms = 300): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const draft = (key: string, more: Partial<Draft> = {}): Draft => ({ ...emptyDraft(), key, fields: { ...emptyDraft().fields, title: key }, ...more })
async function lay(outbox: Outbox<Entered>, ...drafts: Draft[]): Promise<void> {
  for (const one of drafts) void outbox.add(one)
  await rest()
}
/** Keys under which something was sent. */
const keys = (): string[] => send.mock.calls.map((call) => call[2])
const waits = (outbox: Outbox<Entered>): string[] => outbox.waiting.value.map((one) => one.key)
const laid = (): string[] => [...kept.keys()].filter((name) => name.startsWith('waiting/'))
const refuse = (code: string, detail = {}, retry = false): (() => Promise<never>) => async () => Promise.reject(new RefusedError(code, '', detail, retry))

beforeEach(() => {
  vi.useFakeTimers()
  kept.clear()
  online = true
  send.mockReset().mockImplementation(async (_, __, key) => ({ case: key, code: `HY-${key}`, url: '' }))
  vi.stubGlobal('indexedDB', keptIn(kept))
  vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => online)
})
afterEach(() => {
  for (const outbox of opened) outbox.close()
  opened = []
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('the outbox', () => {
  it('sends what waits one after the other, each under its own key with its photographs and voice, when the network is back', async () => {
    online = false
    const outbox = open()
    const photo = new Blob(['p'])
    const told = { blob: new Blob(['v']), seconds: 3 }
    await lay(outbox, draft('one', { photos: [photo] }), draft('two', { told }))
    void outbox.run()
    await rest(300_000)
    expect(send).not.toHaveBeenCalled()
    expect(outbox.stopped.value).toBe('cut')
    let atOnce = 0
    send.mockImplementation(async (_, __, key) => {
      expect(++atOnce).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 100))
      atOnce--
      return { case: key, code: `HY-${key}`, url: '' }
    })
    online = true
    window.dispatchEvent(new Event('online'))
    await rest(1_000)
    expect(keys()).toEqual(['one', 'two'])
    expect(send.mock.calls[0]![1]).toEqual({ photos: [photo], told: undefined })
    expect(send.mock.calls[1]![1]).toEqual({ photos: [], told: told.blob })
    expect(outbox.sent.value.map(({ one, answer }) => [one.fields.title, answer.code])).toEqual([['one', 'HY-one'], ['two', 'HY-two']])
    expect(laid()).toEqual([])
  })

  it('sends at the next opening what a page before it left', async () => {
    online = false
    await lay(open(), draft('one'), draft('two'))
    opened.pop()!.close()
    online = true
    const next = open()
    void next.ready.then(next.run)
    await rest()
    expect(keys()).toEqual(['one', 'two'])
    expect(laid()).toEqual([])
  })

  it('leaves out one that is refused, says why, and sends the others', async () => {
    const outbox = open()
    await lay(outbox, draft('one'), draft('bad'), draft('three'))
    send.mockImplementation(async (_, __, key) => (key === 'bad' ? refuse('phone_length', { field: 'phone', off: -1 })() : { case: key, code: key, url: '' }))
    void outbox.run()
    await rest(300_000)
    expect(keys()).toEqual(['one', 'bad', 'three'])
    expect(outbox.waiting.value).toMatchObject([{ key: 'bad', refused: { code: 'phone_length', detail: { field: 'phone', off: -1 } } }])
    expect(outbox.due.value).toBe(false)
    // Also for whoever opens the page next.
    const next = open()
    await rest()
    expect(next.waiting.value[0]!.refused?.code).toBe('phone_length')
    expect(keys()).toHaveLength(3)
    let taken: Draft | null = null
    void next.take('bad').then((found) => (taken = found))
    await rest()
    expect(taken).toMatchObject({ key: 'bad', fields: { title: 'bad' } })
    expect(laid()).toEqual([])
    expect(kept.get('intake/a')).toMatchObject({ key: 'bad', queued: false })
  })

  it('sends one whose answer was lost again under its key, and goes no further until the line is there', async () => {
    const outbox = open()
    await lay(outbox, draft('one'), draft('two'))
    send.mockImplementationOnce(refuse('offline', {}, true))
    void outbox.run()
    await rest()
    expect(keys()).toEqual(['one'])
    expect(waits(outbox)).toEqual(['one', 'two'])
    await rest(8_000)
    expect(keys()).toEqual(['one', 'one', 'two'])
  })

  it('tries the others where the server cannot take one, and waits as long as it asks', async () => {
    const outbox = open()
    await lay(outbox, draft('one'), draft('two'))
    send.mockImplementationOnce(refuse('internal', {}, true)).mockImplementationOnce(refuse('too_fast', { seconds: 40 }))
    void outbox.run()
    await rest()
    expect(keys()).toEqual(['one', 'two'])
    await rest(39_000)
    expect(keys()).toHaveLength(2)
    await rest(2_000)
    expect(keys()).toEqual(['one', 'two', 'one', 'two'])
  })

  it('takes up what comes while it sends, and sends nothing more once its page is left', async () => {
    const outbox = open()
    await lay(outbox, draft('one'))
    let arrive!: () => void
    send.mockImplementationOnce(() => new Promise((resolve) => (arrive = () => resolve({ case: 'one', code: 'one', url: '' }))))
    void outbox.run()
    await rest()
    await lay(outbox, draft('two'), draft('three'))
    send.mockImplementationOnce(async () => {
      outbox.close()
      return { case: 'two', code: 'two', url: '' }
    })
    arrive()
    await rest(300_000)
    expect(keys()).toEqual(['one', 'two'])
    expect(laid()).toHaveLength(1)
  })

  it('neither gives back nor discards the one that is on its way', async () => {
    const outbox = open()
    await lay(outbox, draft('one'))
    send.mockImplementationOnce(() => new Promise((resolve) => setTimeout(() => resolve({ case: 'one', code: 'one', url: '' }), 5_000)))
    void outbox.run()
    await rest()
    const taken = vi.fn()
    void outbox.take('one').then(taken)
    void outbox.discard('one')
    await rest()
    expect(taken).toHaveBeenCalledWith(null)
    expect(laid()).toHaveLength(1)
    await rest(5_000)
    expect(outbox.sent.value).toHaveLength(1)
  })

  it('discards one for good, and does not give back one that another window has sent', async () => {
    online = false
    const outbox = open()
    await lay(outbox, draft('one'), draft('two'))
    void outbox.discard('one')
    await rest()
    expect(laid()).toHaveLength(1)
    kept.clear()
    const taken = vi.fn()
    void outbox.take('two').then(taken)
    await rest()
    expect(taken).toHaveBeenCalledWith(null)
    expect(kept.size).toBe(0)
  })

  it('keeps so many and no more', async () => {
    online = false
    const outbox = open()
    await lay(outbox, ...Array.from({ length: MOST }, (_, n) => draft(`k${n}`)))
    const said = vi.fn()
    void outbox.add(draft('next')).then(said)
    await rest()
    expect(said.mock.calls[0]![0]).toMatchObject({ code: 'waiting_many' })
    expect(laid()).toHaveLength(MOST)
  })

  it('keeps with the page what the browser keeps nowhere, and sends it too', async () => {
    online = false
    vi.stubGlobal('indexedDB', { open: () => { throw new DOMException('', 'SecurityError') } })
    const outbox = open()
    await lay(outbox, draft('one'))
    online = true
    void outbox.run()
    await rest()
    expect(keys()).toEqual(['one'])
    expect(outbox.sent.value).toHaveLength(1)
  })
})

describe('what an earlier version kept on the device', () => {
  it('is sent after the update under the key that it had, and what was only written stays a draft', async () => {
    kept.set('intake/a', { ...draft('k1'), queued: true })
    kept.set('intake/b', draft(''))
    const outbox = open()
    void outbox.ready.then(outbox.run)
    await rest()
    expect(keys()).toEqual(['k1'])
    expect([...kept.keys()]).toEqual(['intake/b'])
    const other = open(wayOf('b'))
    await rest()
    expect(waits(other)).toEqual([])
    expect(kept.has('intake/b')).toBe(true)
  })
})

describe('at a device that several use', () => {
  const lying = (owner: Owner, days = 0): Waiting => ({ owner, at: Date.now() - days * DAY, key: `${owner}-${days}`, fields: emptyDraft().fields, photos: [], told: null, own: '' })
  const put = (...all: Waiting[]): void => all.forEach((one) => kept.set(placeOf(one), one))

  it('another account neither sees nor sends what waits, nor does a resident', async () => {
    put(lying('intake/a'))
    for (const way of [wayOf('b'), { ...wayOf('b'), kept: 'draft', tag: 'report' } satisfies Way<Entered>]) {
      const outbox = open(way)
      void outbox.ready.then(outbox.run)
      await rest()
      expect(outbox.waiting.value).toEqual([])
    }
    expect(send).not.toHaveBeenCalled()
    expect(laid()).toHaveLength(1)
    const own = open()
    void own.ready.then(own.run)
    await rest()
    expect(keys()).toEqual(['intake/a-0'])
  })

  it('it waits for whoever made it to sign in, where the session is over or another’s', async () => {
    for (const code of ['session_ended', 'entered_by_another']) {
      put(lying('intake/a'), lying('intake/a', 1))
      send.mockReset().mockImplementation(refuse(code))
      const outbox = open()
      void outbox.ready.then(outbox.run)
      await rest(300_000)
      expect(send, 'not the second one, and not again and again').toHaveBeenCalledOnce()
      expect(outbox.stopped.value).toBe('signIn')
      expect(outbox.waiting.value.every((one) => !one.refused)).toBe(true)
      // Signed in again, in another window perhaps.
      send.mockReset().mockImplementation(async (_, __, key) => ({ case: key, code: key, url: '' }))
      document.dispatchEvent(new Event('visibilitychange'))
      await rest()
      expect(keys()).toEqual(['intake/a-1', 'intake/a-0'])
      outbox.close()
    }
  })

  it('what has lain too long is deleted at the first opening by anybody else; drafts of others too', async () => {
    const young = lying('intake/a', KEPT_DAYS - 1)
    put(lying('intake/a', KEPT_DAYS + 1), young)
    kept.set('intake/a', { ...draft(''), at: Date.now() - (KEPT_DAYS + 1) * DAY })
    kept.set('intake/c', draft(''))
    open(wayOf('b'))
    await rest()
    expect([...kept.keys()].sort()).toEqual(['intake/c', placeOf(young)])
    // Of an earlier version: its time begins now.
    expect((kept.get('intake/c') as Draft).at).toBeTypeOf('number')
    await rest(31 * DAY)
    open(wayOf('b'))
    await rest()
    expect(kept.size).toBe(0)
  })

  it('the own that has lain too long goes out no more by itself, and whoever made it reads that it was deleted', async () => {
    put(lying('intake/a', KEPT_DAYS + 1), lying('intake/a', GONE_DAYS + 1), lying('report', GONE_DAYS + 1))
    const outbox = open()
    void outbox.ready.then(outbox.run)
    await rest()
    expect(send).not.toHaveBeenCalled()
    expect(waits(outbox)).toEqual([`intake/a-${KEPT_DAYS + 1}`])
    expect(outbox.gone.value).toBe(1)
    expect(laid()).toHaveLength(1)
  })

  it('is cleared of one account alone, and counted without being read', async () => {
    const other = lying('intake/b')
    put(lying('intake/a'), lying('intake/a', 1), other)
    kept.set('intake/a', draft(''))
    const count = vi.fn()
    void countOf('intake/a').then(count)
    await rest()
    expect(count).toHaveBeenCalledWith(2)
    void clear('intake/a')
    await rest()
    expect([...kept.keys()]).toEqual([placeOf(other)])
  })
})
