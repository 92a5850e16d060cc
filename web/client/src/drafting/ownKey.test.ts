import { describe, expect, it, vi } from 'vitest'
import { RefusedError } from '@/live/connection'
import { canKeepKeys, signByOwnKey, type Course, type Steps, type Told } from './ownKey'

type Bytes = Uint8Array<ArrayBuffer>
const ATTRIBUTE = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04, 0x31, 0x22, 0x04, 0x20]
const frozenFile = new Uint8Array(400).fill(7)
const sha = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', data))
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex')
const join = (...parts: (Uint8Array | number[])[]): Bytes => new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part))))

/** A server that keeps a file, and does what it is told to do wrong. */
class Server implements Steps {
  present: Bytes = join(frozenFile, [1, 2, 3])
  key: Bytes = new Uint8Array()
  told: Told[] = []
  taken: Bytes[] = []
  refusals: string[] = []
  fetched = 0

  constructor(readonly spoil: (told: Told) => Told = (told) => told) {}

  begin = async (key: Bytes): Promise<{ request: Bytes }> => ({ request: join([9], key) })

  prepare = async (key: Bytes, proof: Bytes): Promise<Told> => {
    expect(await this.verified(key, proof, join([9], key))).toBe(true)
    this.key = key
    const increment = new Uint8Array(60).fill(this.told.length + 20)
    const hole: [number, number] = [this.present.length + 10, this.present.length + 30]
    const whole = join(this.present, increment)
    const attributes = join([0x31, 0x50], ATTRIBUTE, await sha(join(whole.subarray(0, hole[0]), whole.subarray(hole[1]))), [0x30])
    const told = this.spoil({ ticket: `t${this.told.length}`, base: hex(await sha(this.present)), increment, hole, attributes })
    this.told.push(told)
    return told
  }

  complete = async (ticket: string, signature: Bytes): Promise<unknown> => {
    const told = this.told.at(-1)!
    expect(ticket).toBe(told.ticket)
    expect(await this.verified(this.key, signature, told.attributes)).toBe(true)
    const refusal = this.refusals.shift()
    if (refusal) {
      this.present = join(this.present, [this.told.length])
      throw new RefusedError(refusal, '')
    }
    this.taken.push(signature)
    return {}
  }

  file = async (): Promise<Bytes> => {
    this.fetched += 1
    return this.present
  }

  async verified(key: Bytes, signature: Bytes, data: Bytes): Promise<boolean> {
    const way = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
    return crypto.subtle.verify(way, await crypto.subtle.importKey('spki', key, way, false, ['verify']), signature, data)
  }
}

const course = (): Course => ({ stopped: false, signing: false })
const frozen = async (): Promise<{ hash: string; size: number }> => ({ hash: hex(await sha(frozenFile)), size: frozenFile.length })

describe('a signature by a key of this device', () => {
  it('signs what was confirmed, with a key that cannot be exported', async () => {
    const made = vi.spyOn(crypto.subtle, 'generateKey')
    const server = new Server()
    await signByOwnKey(server, await frozen(), server.file(), course())
    expect(server.taken).toHaveLength(1)
    expect(made.mock.calls[0]![1]).toBe(false)
    expect(server.fetched).toBe(1)
    expect(canKeepKeys()).toBe(true)
    made.mockRestore()
  })

  it('looks at the new file, and signs with the same key, where somebody else came first', async () => {
    const server = new Server()
    server.refusals = ['stale_file', 'signature_lapsed']
    await signByOwnKey(server, await frozen(), server.file(), course())
    expect(server.taken).toHaveLength(1)
    expect(server.fetched).toBe(3)
    server.refusals = ['stale_file', 'stale_file', 'stale_file', 'stale_file', 'stale_file']
    await expect(signByOwnKey(server, await frozen(), server.file(), course())).rejects.toMatchObject({ code: 'stale_file' })
    server.refusals = ['no_consent']
    await expect(signByOwnKey(server, await frozen(), server.file(), course())).rejects.toMatchObject({ code: 'no_consent' })
    expect(server.taken).toHaveLength(1)
  })

  it('asks for the file where the look ahead at it failed', async () => {
    const server = new Server()
    await signByOwnKey(server, await frozen(), Promise.reject(new Error('cut')), course())
    expect(server.taken).toHaveLength(1)
  })

  it('is not made by whoever has stopped it before', async () => {
    const server = new Server()
    const own = course()
    const prepare = server.prepare
    server.prepare = async (...all) => {
      const told = await prepare(...all)
      own.stopped = true
      return told
    }
    expect(await signByOwnKey(server, await frozen(), server.file(), own)).toBe(false)
    expect(server.taken).toEqual([])
  })

  it('tells nothing of forgery where somebody else signs between two answers', async () => {
    const server = new Server()
    const file = server.file
    server.file = async () => {
      if (server.fetched === 1) server.present = join(server.present, [99])
      return file()
    }
    expect(await signByOwnKey(server, await frozen(), Promise.resolve(new Uint8Array()), course())).toBe(true)
    expect(server.told).toHaveLength(1)
    server.file = async () => {
      if (server.told.length === 2) server.present = join(server.present, [98])
      return file()
    }
    expect(await signByOwnKey(server, await frozen(), Promise.resolve(new Uint8Array()), course())).toBe(true)
    expect(server.told).toHaveLength(3)
  })

  const wrong: Record<string, (told: Told) => Told> = {
    'another file': (told) => ({ ...told, base: 'ab'.repeat(32) }),
    'another digest': (told) => ({ ...told, attributes: join([0x31, 0x50], ATTRIBUTE, new Uint8Array(32), [0x30]) }),
    'two digests': (told) => ({ ...told, attributes: join(told.attributes, ATTRIBUTE, new Uint8Array(32)) }),
    'other bytes after the file': (told) => ({ ...told, increment: new Uint8Array(60) }),
    'a hole in what was confirmed': (told) => ({ ...told, hole: [10, 30] }),
    'a hole to the very end': (told) => ({ ...told, hole: [told.hole[0], 463] }),
  }
  for (const [name, spoil] of Object.entries(wrong))
    it(`does not sign ${name}`, async () => {
      const server = new Server(spoil)
      await expect(signByOwnKey(server, await frozen(), server.file(), course())).rejects.toMatchObject({ code: 'not_what_was_confirmed' })
      expect(server.taken).toEqual([])
    })

  it('does not sign a file that does not begin with the one that was confirmed', async () => {
    const server = new Server()
    server.present = join([1], frozenFile)
    await expect(signByOwnKey(server, await frozen(), server.file(), course())).rejects.toMatchObject({ code: 'not_what_was_confirmed' })
    expect(server.taken).toEqual([])
  })
})
