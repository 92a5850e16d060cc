// @vitest-environment jsdom
// The connection against a real websocket server that does what a bad day does.
import { decode, encode } from '@msgpack/msgpack'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket, WebSocketServer, type WebSocket as ServerSocket } from 'ws'
import { Connection, RefusedError, given, takeBack } from './connection'
import type { ClientMessage } from './messages'

/** As a browser's: closed before the connection was made, it says so to whoever listens, and to nobody else. */
class Socket extends WebSocket {
  constructor(address: string | URL) {
    super(address)
    this.on('error', () => undefined)
  }
}

interface Visit {
  socket: ServerSocket
  said: ClientMessage[]
}

let server: WebSocketServer
let visits: Visit[]
let connection: Connection
/** Messages that the server does not answer. */
let deaf: Set<string>

const tell = (visit: Visit, message: Record<string, unknown>): void => visit.socket.send(encode(message))
const last = (): Visit => visits[visits.length - 1]!
const said = (visit: Visit, kind: string) => visit.said.filter((m) => m.t === kind) as unknown as Record<string, unknown>[]
const until = (condition: () => boolean): Promise<void> => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 8000, interval: 5 })

beforeEach(async () => {
  visits = []
  deaf = new Set()
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await new Promise((resolve) => server.on('listening', resolve))
  server.on('connection', (socket) => {
    const visit: Visit = { socket, said: [] }
    visits.push(visit)
    socket.on('message', (data: Buffer) => {
      const message = decode(data) as ClientMessage
      visit.said.push(message)
      if (deaf.has(message.t)) return
      if (message.t === 'hello') tell(visit, { t: 'welcome', version: 1, node: 'n', now: new Date(), who: { kind: 'seat' } })
      if (message.t === 'ping') tell(visit, { t: 'pong', now: new Date() })
      if (message.t === 'do') tell(visit, { t: 'done', key: message.key, result: { n: 1 } })
    })
  })
  const { port } = server.address() as { port: number }
  // jsdom's own does not run on every Node; this one speaks the same protocol with the same interface.
  vi.stubGlobal('WebSocket', Socket)
  vi.stubGlobal('location', new URL(`http://127.0.0.1:${port}/desk`))
  connection = new Connection('HY-TEST')
  await until(() => connection.state.health === 'online')
})

afterEach(async () => {
  connection.close()
  for (const client of server.clients) client.terminate()
  await new Promise((resolve) => server.close(resolve))
  vi.unstubAllGlobals()
})

describe('a connection', () => {
  it('says hello first, and then what it follows', async () => {
    const topic = connection.follow('code/HY-TEST')
    await until(() => said(last(), 'subscribe').length === 1)
    expect(last().said[0]).toMatchObject({ t: 'hello', version: 1 })
    tell(last(), { t: 'snapshot', topic: topic.name, epoch: 'e', offset: 4, doc: { stage: 'reported', due: 'x' } })
    tell(last(), { t: 'event', topic: topic.name, offset: 5, patch: { stage: 'accepted', due: null } })
    await until(() => topic.offset === 5)
    expect(topic.doc).toEqual({ stage: 'accepted' })
  })

  it('comes back after a cut with the position that it holds, and ignores what it has', async () => {
    const topic = connection.follow('code/HY-TEST')
    await until(() => said(last(), 'subscribe').length === 1)
    tell(last(), { t: 'snapshot', topic: topic.name, epoch: 'e', offset: 4, doc: { n: 4 } })
    await until(() => topic.offset === 4)
    last().socket.terminate()
    await until(() => connection.state.health === 'reconnecting')
    await until(() => visits.length === 2 && said(last(), 'subscribe').length === 1)
    expect(said(last(), 'subscribe')[0]).toMatchObject({ topic: topic.name, epoch: 'e', offset: 4 })
    tell(last(), { t: 'event', topic: topic.name, offset: 4, patch: { n: 'old' } })
    tell(last(), { t: 'event', topic: topic.name, offset: 5, patch: { n: 5 } })
    tell(last(), { t: 'current', topic: topic.name, epoch: 'e', offset: 5 })
    await until(() => topic.offset === 5)
    expect(topic.doc).toEqual({ n: 5 })
  })

  it('asks once for what is missing and shows nothing out of order', async () => {
    const topic = connection.follow('code/HY-TEST')
    await until(() => said(last(), 'subscribe').length === 1)
    tell(last(), { t: 'snapshot', topic: topic.name, epoch: 'e', offset: 1, doc: { n: 1 } })
    tell(last(), { t: 'event', topic: topic.name, offset: 3, patch: { n: 3 } })
    tell(last(), { t: 'event', topic: topic.name, offset: 4, patch: { n: 4 } })
    await until(() => said(last(), 'subscribe').length === 2)
    expect(said(last(), 'subscribe')[1]).toMatchObject({ epoch: 'e', offset: 1 })
    expect(topic.doc).toEqual({ n: 1 })
    for (const offset of [2, 3, 4]) tell(last(), { t: 'event', topic: topic.name, offset, patch: { n: offset } })
    tell(last(), { t: 'current', topic: topic.name, epoch: 'e', offset: 4 })
    await until(() => topic.offset === 4)
    expect(said(last(), 'subscribe')).toHaveLength(2)
  })

  it('keeps a command that is given without a line, and sends an unanswered one again under its key', async () => {
    deaf.add('do')
    const first = connection.do({ t: 'close_case', case: 'c' })
    await until(() => said(last(), 'do').length === 1)
    const key = said(last(), 'do')[0]!.key
    deaf.clear()
    last().socket.terminate()
    await until(() => connection.state.health === 'reconnecting')
    const second = connection.do({ t: 'withdraw', case: 'c' })
    expect(connection.state.waiting).toBe(2)
    await expect(first).resolves.toEqual({ n: 1 })
    await expect(second).resolves.toEqual({ n: 1 })
    expect(said(last(), 'do').map((m) => m.key)).toContain(key)
    expect(connection.state.waiting).toBe(0)
  })

  it('does not send what was taken back, and says whether it had left', async () => {
    deaf.add('do')
    const before = given()
    const left = connection.do({ t: 'accept', case: 'k1' })
    await until(() => said(last(), 'do').length === 1)
    expect(takeBack(before)).toBe('waits')
    const first = visits.length
    last().socket.terminate()
    await until(() => connection.state.health === 'reconnecting')
    const between = given()
    const kept = connection.do({ t: 'accept', case: 'k2' })
    expect(takeBack(between)).toBe('all')
    await expect(kept).rejects.toMatchObject({ code: 'taken_back' })
    expect(takeBack(before)).toBe('unsure')
    await expect(left).rejects.toMatchObject({ code: 'sent_maybe' })
    expect(takeBack(before)).toBe('nothing')
    await until(() => visits.length > first && connection.state.health === 'online')
    deaf.clear()
    await connection.do({ t: 'accept', case: 'k3' })
    expect(said(last(), 'do').map((one) => (one.command as { case: string }).case)).toEqual(['k3'])
    expect(connection.state.waiting).toBe(0)
  })

  it('gives a request about media up with the line, since its answer would be stale', async () => {
    deaf.add('ask')
    const asked = connection.ask({ what: 'publish', session: 's' } as never)
    await until(() => said(last(), 'ask').length === 1)
    last().socket.terminate()
    await expect(asked).rejects.toMatchObject({ code: 'offline', retry: true })
    await expect(connection.ask({ what: 'publish', session: 's' } as never)).rejects.toMatchObject({ code: 'offline' })
  })

  it('does not queue without end', async () => {
    last().socket.terminate()
    await until(() => connection.state.health === 'reconnecting')
    const answers: Promise<unknown>[] = []
    for (let n = 0; n < 200; n++) answers.push(connection.do({ t: 'withdraw', case: `${n}` }))
    await expect(connection.do({ t: 'withdraw', case: 'one more' })).rejects.toMatchObject({ code: 'busy' })
    deaf.add('do')
    await until(() => visits.length === 2 && said(last(), 'do').length === 40)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(said(last(), 'do')).toHaveLength(40) // the others wait for answers
    deaf.clear()
    for (const { key } of said(last(), 'do')) tell(last(), { t: 'done', key: key as string, result: {} })
    await Promise.all(answers)
    expect(said(last(), 'do').map((m) => (m.command as { case: string }).case)).toEqual(Array.from({ length: 200 }, (_, n) => `${n}`))
  })

  it('stays away when it was refused, and says so to whoever waits', async () => {
    deaf.add('do')
    const asked = connection.do({ t: 'withdraw', case: 'c' })
    await until(() => said(last(), 'do').length === 1)
    last().socket.close(4403, 'account_disabled')
    await expect(asked).rejects.toBeInstanceOf(RefusedError)
    expect(connection.state).toMatchObject({ health: 'closed', code: 4403, reason: 'account_disabled' })
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(visits).toHaveLength(1)
  })

  it('stays away as long as a server that restarts asks for', async () => {
    const began = Date.now()
    last().socket.close(1012, 'the server is restarting; after=1200')
    await until(() => visits.length === 2)
    expect(Date.now() - began).toBeGreaterThanOrEqual(1150)
  })

  it('makes a dead line anew when the phone wakes', async () => {
    deaf.add('ping') // as a socket of a network that was left: open, and nobody at its other end
    window.dispatchEvent(new Event('online'))
    await until(() => visits.length === 2 && connection.state.health === 'online')
    expect(said(visits[0]!, 'ping')).toHaveLength(1)
  })

  it('takes nothing that was on its way for the answer of a line that is dead', async () => {
    deaf.add('ping')
    const topic = connection.follow('code/HY-TEST')
    await until(() => said(last(), 'subscribe').length === 1)
    const began = Date.now()
    window.dispatchEvent(new Event('offline'))
    tell(last(), { t: 'snapshot', topic: topic.name, epoch: 'e', offset: 4, doc: { stage: 'reported' } })
    await until(() => visits.length === 2)
    expect(topic.offset).toBe(4)
    expect(Date.now() - began).toBeLessThan(6000)
  })

  it('still finds a line dead that was doubted before its welcome', async () => {
    deaf.add('hello')
    last().socket.terminate()
    await until(() => visits.length === 2 && said(last(), 'hello').length === 1)
    window.dispatchEvent(new Event('offline'))
    await until(() => said(last(), 'ping').length === 1)
    tell(last(), { t: 'welcome', version: 1, node: 'n', now: new Date(), who: { kind: 'seat' } })
    await until(() => connection.state.health === 'online')
    await new Promise((resolve) => setTimeout(resolve, 4200))
    deaf = new Set(['ping'])
    window.dispatchEvent(new Event('offline'))
    await until(() => visits.length === 3)
  })

  it('keeps a slow line that still brings something until the answer comes', async () => {
    deaf.add('ping')
    window.dispatchEvent(new Event('offline'))
    const brings = setInterval(() => tell(last(), { t: 'gone', topic: 'other', code: 'again' }), 500)
    await new Promise((resolve) => setTimeout(resolve, 5000))
    clearInterval(brings)
    tell(last(), { t: 'pong', now: new Date() })
    await new Promise((resolve) => setTimeout(resolve, 4200))
    expect(visits).toHaveLength(1)
    expect(connection.state.health).toBe('online')
  })

  it('keeps a line that answers when the phone wakes', async () => {
    window.dispatchEvent(new Event('online'))
    await until(() => said(last(), 'ping').length === 1)
    await new Promise((resolve) => setTimeout(resolve, 4500))
    expect(visits).toHaveLength(1)
    expect(connection.state.health).toBe('online')
  })
})
