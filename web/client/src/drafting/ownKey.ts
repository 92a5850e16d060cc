// A signature by a key of this device: made for one signature, not to be exported, and gone with the page. The server says what is to be signed;
// it is signed once we have seen that it is the present file and begins with the one that everybody has confirmed. That what was added since changes
// nothing of it is checked by the server's validator and by every verifier, which can read a PDF.
import { RefusedError, type Connection } from '@/live/connection'
import type { BeginSigning, Command } from '@/live/messages'

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
/** Who signs at the same moment comes first now and then: the file is another, and is prepared and looked at again. */
const TRIES = 5
/** The attribute that names the digest, up to its 32 bytes (RFC 5652, 11.2). */
const MESSAGE_DIGEST = new Uint8Array([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04, 0x31, 0x22, 0x04, 0x20])

type Bytes = Uint8Array<ArrayBuffer>

export interface Told {
  ticket: string
  base: string
  increment: Bytes
  hole: [number, number]
  attributes: Bytes
}

export interface Frozen {
  hash: string
  size: number
}

export interface Steps {
  begin: (key: Bytes) => Promise<{ request: Bytes }>
  prepare: (key: Bytes, proof: Bytes) => Promise<Told>
  complete: (ticket: string, signature: Bytes) => Promise<unknown>
  /** The agreement as it is now. */
  file: () => Promise<Bytes>
}

export function stepsOf(connection: Connection, says: Pick<BeginSigning, 'case' | 'hash' | 'name' | 'intent'>, strokes: string, file: Steps['file']): Steps {
  const give = async <T>(command: Command): Promise<T> => (await connection.do(command)) as T
  return {
    begin: (key) => give({ t: 'begin_signing', ...says, key }),
    prepare: (key, proof) => give({ t: 'prepare_signature', ...says, key, proof, strokes }),
    complete: (ticket, signature) => give({ t: 'complete_signature', case: says.case, ticket, signature }),
    file,
  }
}

/** Browsers have the keys only where the page came over a safe line. */
export const canKeepKeys = (): boolean => globalThis.crypto?.subtle !== undefined

/** `stopped`: the person has changed their mind. `signing`: it is too late for that. */
export interface Course {
  stopped: boolean
  signing: boolean
}

/** Whether it was signed; not where it was stopped before. */
export async function signByOwnKey(steps: Steps, frozen: Frozen, file: Promise<Bytes>, course: Course): Promise<boolean> {
  const ahead = file.catch(() => new Uint8Array())
  const pair = await crypto.subtle.generateKey(ECDSA, false, ['sign', 'verify'])
  const key = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey))
  const sign = async (data: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.sign(ECDSA, pair.privateKey, data))

  const proof = await sign((await steps.begin(key)).request)
  let present = await ahead
  for (let tried = 1; ; tried += 1) {
    if (course.stopped) return false
    const told = await steps.prepare(key, proof)
    if ((await digest(present)) !== told.base) present = await steps.file()
    // Somebody else has signed between the two answers: what was prepared is too old, and no forgery.
    if ((await digest(present)) !== told.base && tried < TRIES) continue
    await demandSeen(told, present, frozen)
    if (course.stopped) return false
    course.signing = true
    try {
      await steps.complete(told.ticket, await sign(told.attributes))
      return true
    } catch (refusal) {
      const again = refusal instanceof RefusedError && ['stale_file', 'signature_lapsed'].includes(refusal.code)
      if (!again || tried === TRIES) throw refusal
    } finally {
      course.signing = false
    }
  }
}

/** What is to be signed is `present` and what `told` adds to it, and `present` begins with the file that everybody has confirmed. */
export async function demandSeen(told: Told, present: Bytes, frozen: Frozen): Promise<void> {
  const [begin, end] = told.hole
  const size = present.length + told.increment.length
  const seen =
    (await digest(present)) === told.base &&
    (await digest(present.subarray(0, frozen.size))) === frozen.hash &&
    present.length < begin &&
    begin < end &&
    end < size &&
    names(told.attributes, await digest(around(present, told.increment, begin, end)))
  if (!seen) throw new RefusedError('not_what_was_confirmed', 'What is to be signed is not the file that was confirmed')
}

function around(present: Bytes, increment: Bytes, begin: number, end: number): Bytes {
  const before = begin - present.length
  const rest = increment.subarray(end - present.length)
  const joined = new Uint8Array(begin + rest.length)
  joined.set(present)
  joined.set(increment.subarray(0, before), present.length)
  joined.set(rest, begin)
  return joined
}

/** Whether this digest, and no other, is what the attributes say of the file. */
function names(attributes: Bytes, hash: string): boolean {
  const found = hex(attributes).split(hex(MESSAGE_DIGEST))
  return found.length === 2 && found[1]!.startsWith(hash)
}

const digest = async (data: Bytes): Promise<string> => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', data)))

const hex = (data: Uint8Array): string => Array.from(data, (byte) => byte.toString(16).padStart(2, '0')).join('')
