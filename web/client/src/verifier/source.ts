// A file read piece by piece, so that a bundle of four gigabytes needs a megabyte of memory. Tells how far it is, and stops when asked.
import { Broken, Cancelled, Unreadable } from './report'

export const MAX_IN_MEMORY = 64 * 2 ** 20
const PIECE = 2 ** 20

export interface Watch {
  /** Bytes read so far, and how many there are to read. */
  progress?: (done: number, total: number) => void
  signal?: AbortSignal
}

/** A stored stretch of the file with a name. */
export interface Stretch {
  name: string
  start: number
  size: number
}

export class Source {
  readonly size: number
  private done = 0
  private total = 0

  constructor(
    private readonly file: Blob,
    private readonly watch: Watch = {},
  ) {
    this.size = file.size
  }

  /** So many bytes more are going to be read in pieces. */
  expect(bytes: number): void {
    this.total += bytes
  }

  /** So many bytes were read, or turned out not to be needed. */
  passed(bytes: number): void {
    this.done += bytes
    this.watch.progress?.(this.done, Math.max(this.total, this.done))
  }

  /** Up to `size` bytes; fewer at the end of the file. */
  async read(start: number, size: number): Promise<Uint8Array> {
    if (this.watch.signal?.aborted) throw new Cancelled('cancelled')
    try {
      return new Uint8Array(await this.file.slice(start, start + size).arrayBuffer())
    } catch (error) {
      throw new Unreadable(error instanceof Error ? error.message : String(error))
    }
  }

  async *pieces(start: number, size: number): AsyncGenerator<Uint8Array> {
    if (!Number.isSafeInteger(size) || size < 0) throw new Broken('zip_truncated')
    for (let left = size; left; ) {
      const piece = await this.read(start + size - left, Math.min(left, PIECE))
      if (!piece.length) throw new Broken('zip_truncated')
      left -= piece.length
      this.passed(piece.length)
      yield piece
    }
  }

  /** All of a stretch, where it is small enough to be held. */
  async content({ name, start, size }: Stretch): Promise<Uint8Array> {
    if (size > MAX_IN_MEMORY) throw new Broken('file_too_large', { name, limit: MAX_IN_MEMORY })
    const data = await this.read(start, size)
    if (data.length !== size) throw new Broken('zip_truncated')
    return data
  }
}
