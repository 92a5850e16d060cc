// A recording on its way to the server, piece by piece: after a cut, or on a page that was opened again, it goes on from where the server says that it is.
import type { RecordingDoor, UploadState } from '@/api'
import { RefusedError } from '@/live/connection'

export interface Way {
  /** 0 to 1. */
  progress: (share: number) => void
  /** The line is away; what came over is safe. */
  waiting: (on: boolean) => void
  /** The upload's name, to be kept beside the recording. */
  begun: (upload: string) => void
  /** Resolves when it is worth another try, or nobody wants one any more. */
  rest: (signal: AbortSignal) => Promise<void>
}

/** How often it is asked whether another try has looked into the recording; two minutes. */
const LOOKS = 30

const code = (error: unknown): string => (error instanceof RefusedError ? error.code : '')
/** What another try may mend: no line, a server that restarts, a piece that was cut off or came twice. */
const passing = (error: unknown): boolean => error instanceof RefusedError && error.code !== 'internal' && (error.retry || ['offline', 'wrong_offset', 'piece_size', 'too_fast', 'server'].includes(error.code))

/** `throwIfAborted`, which browsers before 2022 do not have. */
function heed(signal: AbortSignal): void {
  if (signal.aborted) throw new DOMException('It was stopped', 'AbortError')
}

/** Does it until it is done, through cuts of the line. Rejects with what the server refuses, or when `signal` says stop. */
export async function through<T>(act: () => Promise<T>, way: Pick<Way, 'waiting' | 'rest'>, signal: AbortSignal): Promise<T> {
  for (;;) {
    heed(signal)
    try {
      const result = await act()
      way.waiting(false)
      return result
    } catch (error) {
      heed(signal)
      if (!passing(error)) throw error
      if (code(error) === 'wrong_offset') continue
      way.waiting(true)
      await way.rest(signal)
    }
  }
}

/** Answers the upload's name once the server has looked into the whole. */
export async function sendRecording(blob: Blob, known: string, door: RecordingDoor, way: Way, signal: AbortSignal): Promise<string> {
  let name = known
  return through(
    async () => {
      const at = await whereabouts(blob.size, name, door, signal)
      if (at.upload !== name) way.begun((name = at.upload))
      way.progress(at.offset / blob.size)
      way.waiting(false)
      if (at.ms === undefined) await pieces(blob, at, door, way, signal)
      return name
    },
    way,
    signal,
  )
}

async function whereabouts(size: number, name: string, door: RecordingDoor, signal: AbortSignal): Promise<UploadState> {
  if (name) {
    try {
      return await door.state(name, signal)
    } catch (error) {
      if (code(error) !== 'no_upload') throw error
    }
  }
  return door.begin(size, signal)
}

async function pieces(blob: Blob, from: UploadState, door: RecordingDoor, way: Way, signal: AbortSignal): Promise<void> {
  const length = from.piece ?? 512 * 1024
  for (let at = from.offset; at < blob.size; ) {
    const piece = blob.slice(at, at + length)
    at = (await door.piece(from.upload, at, piece, (share) => way.progress((at + share * piece.size) / blob.size), signal)).offset
    way.progress(at / blob.size)
    way.waiting(false)
    heed(signal)
  }
  const found = await door.finish(from.upload, signal)
  if (found.ms === undefined) await lookedInto(from.upload, door, way, signal)
}

/** Another try of the same looks into it still: the statement is given with what was found good. */
async function lookedInto(name: string, door: RecordingDoor, way: Way, signal: AbortSignal): Promise<void> {
  for (let looks = 0; looks < LOOKS; looks++) {
    await way.rest(signal)
    heed(signal)
    if ((await door.state(name, signal)).ms !== undefined) return
  }
  throw new RefusedError('upload_unfinished', 'The recording was not looked into yet')
}

/** Until the browser says that there is a line again, some seconds, or `signal`. */
export const lineAgain = (signal: AbortSignal, ms = 4000): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      window.removeEventListener('online', done)
      signal.removeEventListener('abort', done)
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
    signal.addEventListener('abort', done)
  })
