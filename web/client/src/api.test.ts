import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readRating, recordingDoor, sendIntake, sendMaterial, sendRating, sendReceiptPhoto, sendReport, sendStatement, sessionHere } from './api'

/** A line on which nothing comes back; with `body`, the head of an answer does. */
const stalled = (body = false) =>
  vi.fn((_path: string, { signal }: RequestInit) => {
    const gone = new Promise<never>((_, reject) => {
      const end = (): void => reject(new DOMException('', 'AbortError'))
      if (signal!.aborted) end()
      signal!.addEventListener('abort', end)
    })
    return body ? Promise.resolve({ ok: true, status: 200, json: () => gone }) : gone
  })
const said = { text: '墙是我砌的', shared: false, recording: '' }
const never = new AbortController().signal
const cut = { code: 'offline', retry: true }

describe('a line that stalls', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('location', { search: '' })
    vi.stubGlobal('sessionStorage', { getItem: () => 'k1', setItem: () => undefined })
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('counts as cut after a while, also in the midst of an answer', async () => {
    const door = recordingDoor('k')
    const calls: [() => Promise<unknown>, number][] = [
      [() => door.begin(10, never), 20_000],
      [() => door.state('u1', never), 20_000],
      [() => door.drop('u1'), 20_000],
      [() => door.finish('u1', never), 60_000],
      [() => sendStatement('k', said, 'key', never), 60_000],
      [() => sessionHere('own', 'k'), 2000],
      [() => readRating('token'), 20_000],
      [() => sendRating({ token: 'token', score: 4, marks: [], words: '' }, 'key'), 20_000],
    ]
    for (const body of [false, true]) {
      vi.stubGlobal('fetch', stalled(body))
      for (const [call, wait] of calls) {
        const settled = vi.fn()
        const ended = call().then(settled, (error: unknown) => {
          settled()
          return error
        })
        await vi.advanceTimersByTimeAsync(wait - 1)
        expect(settled).not.toHaveBeenCalled()
        await vi.advanceTimersByTimeAsync(1)
        expect(await ended).toMatchObject(cut)
      }
    }
  })

  it('is given up at once when somebody says so', async () => {
    vi.stubGlobal('fetch', stalled())
    const stop = new AbortController()
    const calls = [recordingDoor('k').finish('u1', stop.signal), sendStatement('k', said, 'key', stop.signal)].map((call) => expect(call).rejects.toMatchObject(cut))
    stop.abort()
    await Promise.all(calls)
    await expect(recordingDoor('k').state('u1', stop.signal)).rejects.toMatchObject(cut)
  })

  it('leaves nothing waiting behind an answer', async () => {
    vi.stubGlobal('fetch', async () => new Response('{"sha256":"ab","number":1}'))
    expect(await sendStatement('k', said, 'key', never)).toEqual({ sha256: 'ab', number: 1 })
    expect(vi.getTimerCount()).toBe(0)
  })
})

/** An upload of which nothing comes back. */
class Upload {
  static last: Upload
  upload: { onprogress?: (event: object) => void } = {}
  onabort?: () => void
  onloadend?: () => void
  constructor() {
    Upload.last = this
  }
  headers: Record<string, string> = {}
  open(): void {}
  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value
  }
  send(): void {}
  abort(): void {
    this.onabort?.()
    this.onloadend?.()
  }
}

describe('an upload', () => {
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('location', { search: '' })
    vi.stubGlobal('sessionStorage', { getItem: () => 'k1', setItem: () => undefined })
    vi.stubGlobal('XMLHttpRequest', Upload)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('counts as cut when nothing of it moves for a minute, however long it takes while it does', async () => {
    const file = new Blob(['x'])
    const calls = [
      () => sendReport({}, { photos: [file] }, 'key', () => undefined),
      () => sendIntake({}, { photos: [file] }, 'key', () => undefined, 'a1'),
      () => sendMaterial('k', file, 'key', () => undefined),
      () => sendReceiptPhoto('k', 'o1', 'r1', file, 'key'),
    ]
    for (const call of calls) {
      const settled = vi.fn()
      const ended = call().catch((error: unknown) => {
        settled()
        return error
      })
      for (let loaded = 1; loaded < 5; loaded++) {
        await vi.advanceTimersByTimeAsync(59_000)
        Upload.last.upload.onprogress!({ lengthComputable: true, loaded, total: 9 })
      }
      await vi.advanceTimersByTimeAsync(59_999)
      expect(settled).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1)
      expect(await ended).toMatchObject(cut)
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  it('of a report names the account whose number is meant, and none for a guest', async () => {
    void sendReport({}, { photos: [] }, 'key', () => undefined, { as: 'me', account: 'a1' }).catch(() => undefined)
    expect(Upload.last.headers).toEqual({ 'Idempotency-Key': 'key', 'X-Heyi-As': 'me', 'X-Heyi-Account': 'a1' })
    void sendReport({}, { photos: [] }, 'key', () => undefined).catch(() => undefined)
    expect(Upload.last.headers).toEqual({ 'Idempotency-Key': 'key' })
  })

  it('of what staff enters names the account whose it is', async () => {
    void sendIntake({}, { photos: [] }, 'key', () => undefined, 'w1').catch(() => undefined)
    expect(Upload.last.headers).toEqual({ 'Idempotency-Key': 'key', 'X-Heyi-As': expect.any(String), 'X-Heyi-Account': 'w1' })
  })
})
