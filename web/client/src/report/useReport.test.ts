// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, type EffectScope } from 'vue'
import type { Entered } from '@/api'
import { keptIn } from '@/kept.fake'
import { RefusedError } from '@/live/connection'
import { emptyDraft, type Draft, type Kept } from './draft'
import { MOST, placeOf, type Waiting } from './queue'
import type { Remembered } from './remembered'
import { useWay } from './useReport'
import type { Way } from './way'

/** What the device keeps, and who is signed in there. */
const kept = new Map<string, unknown>()
let here: { id: string; phone: string } | null = null
let online = true
const answer: Entered = { case: 'c', code: 'HY-1', url: '' }
const send = vi.fn<Way<Entered>['send']>()
const enter = vi.fn()
let scopes: EffectScope[] = []
let last: Remembered | null = null

function open(needed: Way<Entered>['needed'] = ['title', 'phone']): ReturnType<typeof useWay<Entered>> & { leave: () => void } {
  const scope = effectScope()
  scopes.push(scope)
  const report = scope.run(() => useWay<Entered>({ kept: 'draft', tag: 'report', needed, account: true, privacy: '1.0', send, last: () => last, here: enter }))!
  return { ...report, leave: () => scope.stop() }
}

const waiting = (own: string): Draft => ({ ...emptyDraft(), key: 'k1', own, queued: true, fields: { ...emptyDraft().fields, title: '路灯不亮' } })
const inStore = (): Draft => kept.get('draft' satisfies Kept) as Draft
/** What waits, in its order. */
const laid = (): Waiting[] => [...kept].filter(([name]) => name.startsWith('waiting/')).sort().map(([, one]) => one as Waiting)
const rest = (ms = 150): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)

describe('a report', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    kept.clear()
    here = { id: 'a', phone: '136****0001' }
    online = true
    last = null
    send.mockReset().mockResolvedValue(answer)
    enter.mockReset()
    vi.stubGlobal('indexedDB', keptIn(kept))
    vi.spyOn(navigator, 'onLine', 'get').mockImplementation(() => online)
    vi.stubGlobal('fetch', async (path: string) => new Response(JSON.stringify(path === '/api/residents' ? { signed_in: here !== null } : path === '/api/residents/me' ? here : [])))
  })
  afterEach(() => {
    for (const scope of scopes) scope.stop()
    scopes = []
    vi.useRealTimers()
    vi.unstubAllGlobals()
    vi.restoreAllMocks()
  })

  it('goes by the number of the account that is signed in', async () => {
    const report = open()
    await rest()
    expect(report.draft.own).toBe('a')
    report.draft.fields.title = '路灯不亮'
    void report.send()
    await rest()
    expect(send.mock.calls[0]![4]).toEqual({ as: 'me', account: 'a' })
    expect(report.phase.value).toBe('done')
    expect(enter).toHaveBeenCalledOnce()
    // Nor is it kept once more when its page is left.
    report.leave()
    await rest()
    expect(kept.size).toBe(0)
  })

  it('says which notice stood on the form when it was sent, and nothing where none did', async () => {
    const report = open()
    await rest()
    Object.assign(report.draft.fields, { title: '路灯不亮', phone: '13800007777' })
    void report.send()
    await rest()
    expect(send.mock.calls[0]![0]).toMatchObject({ privacy: '1.0' })
    report.leave()
    kept.set('draft', { ...waiting(''), fields: { ...waiting('').fields, phone: '13800007777' } })
    open()
    await rest()
    expect(send).toHaveBeenCalledTimes(2)
    expect(send.mock.calls[1]![0]).not.toHaveProperty('privacy')
  })

  it('that waits is not sent by the number of who is signed in by then, or by nobody’s', async () => {
    for (const other of [{ id: 'b', phone: '136****0002' }, null]) {
      kept.set('draft', waiting('a'))
      here = other
      const report = open()
      await rest()
      expect(send).not.toHaveBeenCalled()
      expect(report.phase.value).toBe('writing')
      expect(report.wrong.phone).toBe('report.need.number')
      expect(inStore()).toMatchObject({ own: '', queued: false, fields: { title: '路灯不亮' } })
      report.leave()
      // Nor is it when the page is opened again: the number of the other one is offered, not taken.
      const next = open()
      await rest()
      expect(next.draft.own).toBe('')
      expect(send).not.toHaveBeenCalled()
      next.leave()
    }
  })

  it('that waits asks for the number where the server knows of another account', async () => {
    kept.set('draft', waiting('a'))
    send.mockRejectedValue(new RefusedError('phone_missing', '', { field: 'phone' }))
    const report = open()
    await rest()
    expect(report.wrong.phone).toBe('report.need.number')
    expect(report.draft.own).toBe('')
    expect(inStore().queued).toBe(false)
  })

  it('knows by whose number it goes also where it was refused for something else', async () => {
    kept.set('draft', waiting('a'))
    send.mockRejectedValue(new RefusedError('too_long', '', { field: 'facts' }))
    const report = open()
    await rest()
    expect(report.wrong.facts).toBeInstanceOf(RefusedError)
    expect(report.draft.own).toBe('a')
    expect(report.account.value).toEqual(here)
  })

  it('that waits stays where its page was left, and goes out when it is opened again', async () => {
    let cut!: () => void
    kept.set('draft', { ...waiting(''), fields: { ...waiting('').fields, phone: '13800007777' } })
    send.mockImplementation(() => new Promise((_, reject) => (cut = () => reject(new RefusedError('offline', '', {}, true)))))
    const left = open()
    await rest()
    expect(send).toHaveBeenCalledOnce()
    left.leave()
    cut()
    await rest(20_000)
    expect(send).toHaveBeenCalledOnce()
    expect(laid()).toHaveLength(1)
    send.mockResolvedValue(answer)
    open()
    await rest()
    expect(send).toHaveBeenCalledTimes(2)
    expect(kept.size).toBe(0)
  })

  it('that is refused after its page was left is shown where somebody sees it', async () => {
    let refuse!: () => void
    kept.set('draft', { ...waiting(''), fields: { ...waiting('').fields, phone: '1380000' } })
    send.mockImplementation(() => new Promise((_, reject) => (refuse = () => reject(new RefusedError('phone_length', '', { field: 'phone' })))))
    const left = open()
    await rest()
    left.leave()
    refuse()
    await rest()
    expect(laid()[0]!.refused?.code).toBe('phone_length')
    const again = open()
    await rest()
    expect(send).toHaveBeenCalledOnce()
    expect(again.wrong.phone).toBeInstanceOf(RefusedError)
    expect(laid()).toEqual([])
  })

  it('whose page is left before it is on its way stays kept to be sent', async () => {
    const report = open()
    await rest()
    Object.assign(report.draft.fields, { title: '路灯不亮', phone: '13800007777' })
    void report.send()
    report.leave()
    await rest()
    expect(send).not.toHaveBeenCalled()
    expect(laid()).toHaveLength(1)
  })

  it('that arrives after its page was left makes no other page its reporter’s', async () => {
    let arrive!: () => void
    kept.set('draft', { ...waiting(''), fields: { ...waiting('').fields, phone: '13800007777' } })
    send.mockImplementation(() => new Promise((resolve) => (arrive = () => resolve(answer))))
    const left = open()
    await rest()
    left.leave()
    arrive()
    await rest()
    expect(enter).not.toHaveBeenCalled()
    expect(kept.size).toBe(0)
  })

  it('is kept when its page is left or hidden right after it was written', async () => {
    for (const away of ['leave', 'hide'] as const) {
      const report = open()
      await rest()
      report.draft.fields.title = away
      await nextTick()
      if (away === 'leave') report.leave()
      else {
        vi.spyOn(document, 'hidden', 'get').mockReturnValue(true)
        document.dispatchEvent(new Event('visibilitychange'))
      }
      await rest(10)
      expect(inStore().fields.title).toBe(away)
    }
  })

  it('keeps at once what was told, also when its page is gone already', async () => {
    const told = { blob: new Blob(['told']), seconds: 7 }
    const report = open()
    await rest()
    report.take(told)
    await rest(10)
    expect(inStore().told?.seconds).toBe(7)
    report.take(null)
    report.leave()
    report.take({ ...told, seconds: 9 })
    await rest(10)
    expect(inStore().told?.seconds).toBe(9)
  })

  it('waits for what was still being told when its page was left', async () => {
    const report = open()
    await rest()
    report.draft.fields.title = '路灯不亮'
    report.telling.value = true
    report.leave()
    const next = open()
    await rest(500)
    report.take({ blob: new Blob(['a']), seconds: 2 })
    await rest()
    expect(next.draft.told?.seconds).toBe(2)
    expect(next.draft.fields.title).toBe('路灯不亮')
    next.draft.fields.facts = '三天了'
    await rest(500)
    expect(inStore().told?.seconds).toBe(2)
  })

  it('does not wait for ever for a recording that does not come', async () => {
    const report = open()
    await rest()
    report.draft.fields.title = '路灯不亮'
    await nextTick()
    report.telling.value = true
    report.leave()
    const next = open()
    await rest(2_900)
    expect(next.draft.fields.title).toBe('')
    next.draft.fields.facts = '三天了'
    await rest(200)
    expect(next.draft.fields).toMatchObject({ title: '路灯不亮', facts: '三天了' })
  })

  it('needs no subject and no description where it is told, and both where it is not', async () => {
    const report = open(['title', 'facts', 'phone'])
    await rest()
    report.draft.fields.phone = '13800007777'
    void report.send()
    await rest()
    expect(Object.keys(report.wrong)).toEqual(['title', 'facts'])
    report.take({ blob: new Blob(['told']), seconds: 7 })
    await rest()
    expect(report.wrongCount.value).toBe(0)
    report.take(null)
    void report.send()
    await rest()
    expect(Object.keys(report.wrong)).toEqual(['title', 'facts'])
    expect(send).not.toHaveBeenCalled()
    report.take({ blob: new Blob(['told']), seconds: 7 })
    void report.send()
    await rest()
    expect(send.mock.calls[0]![0]).toMatchObject({ title: '', facts: '' })
    expect(report.phase.value).toBe('done')
  })

  it('shows what was handed in a moment ago in place of an empty form, until another is begun', async () => {
    last = { case: 'c', as: 'r1', code: 'HY-1', at: '2026-11-29T04:00:00Z' }
    const back = open()
    await rest()
    expect(back.handed.value).toEqual(last)
    back.another()
    expect(back.handed.value).toBe(null)
    back.draft.fields.title = '路灯不亮'
    await rest(1000)
    back.leave()
    await rest()
    const begun = open()
    await rest()
    expect(begun.handed.value).toBe(null)
    expect(begun.draft.fields.title).toBe('路灯不亮')
  })

  it('that was taken back to be changed does not go out by itself', async () => {
    kept.set('draft', waiting('a'))
    online = false
    const report = open()
    await rest()
    expect(report.phase.value).toBe('queued')
    void report.edit('k1')
    await rest()
    expect(report.draft.fields.title).toBe('路灯不亮')
    expect(inStore().key).toBe('k1')
    expect(laid()).toEqual([])
  })

  it('shows a refusal that is about no field', async () => {
    const note = document.body.appendChild(Object.assign(document.createElement('div'), { className: 'failure', tabIndex: -1, scrollIntoView: vi.fn() }))
    kept.set('draft', { ...waiting(''), fields: { ...waiting('').fields, phone: '13800007777' } })
    send.mockRejectedValue(new RefusedError('too_many', '', {}))
    const report = open()
    await rest()
    expect(report.failure.value).toBeInstanceOf(RefusedError)
    expect(document.activeElement).toBe(note)
    expect(note.scrollIntoView).toHaveBeenCalled()
    note.remove()
  })

  it('waits beside others that were made before it, and each is answered', async () => {
    online = false
    const report = open()
    await rest()
    for (const title of ['路灯不亮', '井盖松了']) {
      Object.assign(report.draft.fields, { title, phone: '13800007777' })
      void report.send()
      await rest()
      expect(report.phase.value).toBe('queued')
      expect(report.begun.value).toBe(false)
      expect(kept.has('draft')).toBe(false)
      report.write()
      expect(report.draft.fields.phone).toBe('13800007777')
    }
    expect(laid().map((one) => one.fields.title)).toEqual(['路灯不亮', '井盖松了'])
    expect(new Set(laid().map((one) => one.key)).size).toBe(2)
    report.look()
    online = true
    window.dispatchEvent(new Event('online'))
    await rest(1_000)
    expect(send.mock.calls.map(([said]) => (said as { title: string }).title)).toEqual(['路灯不亮', '井盖松了'])
    expect(report.phase.value).toBe('queued')
    expect(report.outbox.sent.value).toHaveLength(2)
    expect(laid()).toEqual([])
  })

  it('that waits does not take the place of what is being written', async () => {
    kept.set('draft', { ...waiting(''), queued: false, fields: { ...waiting('').fields, title: '井盖松了' } })
    const one = { ...waiting(''), owner: 'report', at: 1, fields: { ...waiting('').fields, phone: '13800007777' } }
    kept.set('waiting/report/000000000000001/k1', one)
    vi.setSystemTime(2)
    online = false
    const report = open()
    await rest()
    expect(report.phase.value).toBe('writing')
    expect(report.draft.fields.title).toBe('井盖松了')
    online = true
    window.dispatchEvent(new Event('online'))
    await rest(1_000)
    expect(send).toHaveBeenCalledOnce()
    expect(report.phase.value).toBe('writing')
    expect(report.draft.fields.title).toBe('井盖松了')
    expect(report.outbox.sent.value).toHaveLength(1)
  })

  it('that is one too many stays in the form, and the page says so', async () => {
    for (let n = 0; n < MOST; n++) kept.set(placeOf({ owner: 'report', at: Date.now() + n, key: `k${n}` }), { ...waiting(''), owner: 'report', at: Date.now() + n, key: `k${n}`, refused: { code: 'phone_length', detail: {} } })
    const report = open()
    await rest()
    report.write()
    Object.assign(report.draft.fields, { title: '路灯不亮', phone: '13800007777' })
    void report.send()
    await rest()
    expect(report.failure.value).toMatchObject({ code: 'waiting_many' })
    expect(report.phase.value).toBe('writing')
    expect(inStore().fields.title).toBe('路灯不亮')
    expect(send).not.toHaveBeenCalled()
    // One is discarded, and there is room.
    void report.discard('k3')
    await rest()
    void report.send()
    await rest()
    expect(send).toHaveBeenCalledOnce()
  })
})
