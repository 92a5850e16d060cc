import { describe, expect, it, vi } from 'vitest'
import type { RecordingDoor, UploadState } from '@/api'
import { RefusedError } from '@/live/connection'
import { lineAgain, sendRecording, through } from './upload'

const PIECE = 4
const refused = (code: string, detail = {}): RefusedError => new RefusedError(code, code, detail)

/** A server in memory. `before` every call, and `after` what it has done, something may be thrown. */
class House {
  uploads = new Map<string, { size: number; data: string; ms?: number }>()
  calls: string[] = []
  before: (call: string) => void = () => undefined
  after: (call: string) => void = () => undefined

  door: RecordingDoor = {
    begin: (size) => this.call('begin', async () => {
      const upload = `u${this.uploads.size + 1}`
      this.uploads.set(upload, { size, data: '' })
      return { upload, offset: 0, piece: PIECE }
    }),
    state: (upload) => this.call('state', async () => this.told(upload)),
    piece: (upload, offset, data, progress) => this.call('piece', async () => {
      const one = this.of(upload)
      if (offset !== one.data.length) throw refused('wrong_offset', { offset: one.data.length })
      progress(1)
      one.data += await data.text()
      return this.told(upload)
    }),
    finish: (upload) => this.call('finish', async () => {
      this.of(upload).ms = 2000
      return this.told(upload)
    }),
    drop: async () => undefined,
  }

  private of(upload: string): { size: number; data: string; ms?: number } {
    const found = this.uploads.get(upload)
    if (!found) throw refused('no_upload')
    return found
  }
  private told(upload: string): UploadState {
    const one = this.of(upload)
    return { upload, offset: one.data.length, piece: PIECE, ...(one.ms ? { ms: one.ms } : {}) }
  }
  private async call<T>(name: string, act: () => Promise<T>): Promise<T> {
    this.calls.push(name)
    this.before(name)
    const result = await act()
    this.after(name)
    return result
  }
}

const DATA = '0123456789'
const blob = new Blob([DATA])
const way = () => ({ progress: vi.fn(), waiting: vi.fn(), begun: vi.fn(), rest: vi.fn(async () => undefined) })
const never = new AbortController().signal

describe('a recording on its way', () => {
  it('goes in pieces, in order', async () => {
    const house = new House()
    const told = way()
    expect(await sendRecording(blob, '', house.door, told, never)).toBe('u1')
    expect(house.uploads.get('u1')).toEqual({ size: 10, data: DATA, ms: 2000 })
    expect(house.calls).toEqual(['begin', 'piece', 'piece', 'piece', 'finish'])
    expect(told.begun).toHaveBeenCalledExactlyOnceWith('u1')
    expect(told.progress).toHaveBeenLastCalledWith(1)
  })
  it('survives a cut at any call, before or after the server has done it', async () => {
    for (const moment of ['before', 'after'] as const) {
      for (let nth = 1; nth <= 6; nth++) {
        const house = new House()
        let calls = 0
        house[moment] = () => {
          if (++calls === nth) throw new RefusedError('offline', '', {}, true)
        }
        const told = way()
        const name = await sendRecording(blob, '', house.door, told, never)
        expect(house.uploads.get(name)).toEqual({ size: 10, data: DATA, ms: 2000 })
        if (nth < 6) expect(told.waiting).toHaveBeenCalledWith(true)
        expect(told.waiting).not.toHaveBeenLastCalledWith(true)
      }
    }
  })
  it('goes on after a reload, and begins anew where the server has let go of it', async () => {
    const house = new House()
    house.uploads.set('u1', { size: 10, data: '01234567' })
    await sendRecording(blob, 'u1', house.door, way(), never)
    expect(house.calls).toEqual(['state', 'piece', 'finish'])
    await sendRecording(blob, 'u1', house.door, way(), never)
    expect(house.calls.slice(3)).toEqual(['state'])
    house.uploads.clear()
    expect(await sendRecording(blob, 'u1', house.door, way(), never)).toBe('u1')
    expect(house.calls.slice(4)).toEqual(['state', 'begin', 'piece', 'piece', 'piece', 'finish'])
  })
  it('stops at what the server refuses, and when it is told to', async () => {
    const house = new House()
    house.before = (call) => {
      if (call === 'finish') throw refused('recording_silent')
    }
    await expect(sendRecording(blob, '', house.door, way(), never)).rejects.toMatchObject({ code: 'recording_silent' })
    house.before = () => {
      throw new RefusedError('internal', '', {}, true)
    }
    await expect(sendRecording(blob, '', house.door, way(), never)).rejects.toMatchObject({ code: 'internal' })
    const stop = new AbortController()
    house.before = () => stop.abort()
    await expect(sendRecording(blob, '', house.door, way(), stop.signal)).rejects.toThrow()
    expect(house.calls.at(-1)).toBe('piece')
  })
  it('waits until another try has looked into it', async () => {
    const house = new House()
    const finish = house.door.finish
    let looks = 0
    house.door.finish = async (upload) => ({ upload, offset: 10 })
    house.before = (call) => {
      if (call === 'state' && ++looks === 3) house.uploads.get('u1')!.ms = 2000
    }
    const told = way()
    expect(await sendRecording(blob, '', house.door, told, never)).toBe('u1')
    expect(told.rest).toHaveBeenCalledTimes(3)
    expect(told.waiting).not.toHaveBeenCalledWith(true)
    expect(house.calls.slice(-3)).toEqual(['state', 'state', 'state'])

    // it was none that is taken
    house.uploads.get('u1')!.ms = undefined
    house.before = (call) => {
      if (call === 'state' && ++looks === 6) house.uploads.clear()
    }
    await expect(sendRecording(blob, 'u1', house.door, way(), never)).rejects.toMatchObject({ code: 'no_upload' })

    // the line goes meanwhile, and who was at it is gone after that
    house.uploads.set('u1', { size: 10, data: DATA })
    house.before = (call) => {
      if (call !== 'state' || ++looks !== 8) return
      house.door.finish = finish
      throw new RefusedError('offline', '', {}, true)
    }
    expect(await sendRecording(blob, 'u1', house.door, way(), never)).toBe('u1')
    expect(house.uploads.get('u1')!.ms).toBe(2000)
  })
  it('does not wait for that without end, nor after it was told to stop', async () => {
    const house = new House()
    house.door.finish = async (upload) => ({ upload, offset: 10 })
    const told = way()
    await expect(sendRecording(blob, '', house.door, told, never)).rejects.toMatchObject({ code: 'upload_unfinished' })
    expect(told.rest.mock.calls.length).toBeLessThan(50)
    const stop = new AbortController()
    const stopped = { ...way(), rest: vi.fn(async () => stop.abort()) }
    await expect(sendRecording(blob, 'u1', house.door, stopped, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
    expect(stopped.rest).toHaveBeenCalledOnce()
  })
  it('rests until there is a line, or it is told to stop', async () => {
    vi.stubGlobal('window', new EventTarget())
    const stop = new AbortController()
    const rests = [lineAgain(never, 60_000), lineAgain(stop.signal, 60_000)]
    stop.abort()
    await rests[1]
    window.dispatchEvent(new Event('online'))
    await rests[0]
    await lineAgain(never, 1)
    vi.unstubAllGlobals()
  })
  it('gives what is given by key until it is answered', async () => {
    let tries = 0
    const told = way()
    expect(
      await through(async () => {
        if (++tries < 3) throw new RefusedError('offline', '', {}, true)
        return 'given'
      }, told, never),
    ).toBe('given')
    expect(told.rest).toHaveBeenCalledTimes(2)
  })
})
