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
  /** Resolves when it is worth another try. */
  rest: () => Promise<void>
}

const code = (error: unknown): string => (error instanceof RefusedError ? error.code : '')
/** What another try may mend: no line, a server that restarts, a piece that was cut off or came twice. */
const passing = (error: unknown): boolean => error instanceof RefusedError && error.code !== 'internal' && (error.retry || ['offline', 'wrong_offset', 'piece_size', 'too_fast', 'server'].includes(error.code))

/** Does it until it is done, through cuts of the line. Rejects with what the server refuses, or when `signal` says stop. */
export async function through<T>(act: () => Promise<T>, way: Pick<Way, 'waiting' | 'rest'>, signal: AbortSignal): Promise<T> {
  for (;;) {
    signal.throwIfAborted()
    try {
      const result = await act()
      way.waiting(false)
      return result
    } catch (error) {
      signal.throwIfAborted()
      if (!passing(error)) throw error
      if (code(error) === 'wrong_offset') continue
      way.waiting(true)
      await way.rest()
    }
  }
}

/** Answers the upload's name once the server has looked into the whole. */
export async function sendRecording(blob: Blob, known: string, door: RecordingDoor, way: Way, signal: AbortSignal): Promise<string> {
  let name = known
  return through(
    async () => {
      const at = await whereabouts(blob.size, name, door)
      if (at.upload !== name) way.begun((name = at.upload))
      way.progress(at.offset / blob.size)
      if (at.ms === undefined) await pieces(blob, at, door, way, signal)
      return name
    },
    way,
    signal,
  )
}

async function whereabouts(size: number, name: string, door: RecordingDoor): Promise<UploadState> {
  if (name) {
    try {
      return await door.state(name)
    } catch (error) {
      if (code(error) !== 'no_upload') throw error
    }
  }
  return door.begin(size)
}

async function pieces(blob: Blob, from: UploadState, door: RecordingDoor, way: Way, signal: AbortSignal): Promise<void> {
  const length = from.piece ?? 512 * 1024
  for (let at = from.offset; at < blob.size; ) {
    const piece = blob.slice(at, at + length)
    at = (await door.piece(from.upload, at, piece, (share) => way.progress((at + share * piece.size) / blob.size), signal)).offset
    way.progress(at / blob.size)
    way.waiting(false)
    signal.throwIfAborted()
  }
  await door.finish(from.upload)
}

/** Until the browser says that there is a line again, or some seconds. */
export const lineAgain = (ms = 4000): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      window.removeEventListener('online', done)
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, ms)
    window.addEventListener('online', done)
  })
