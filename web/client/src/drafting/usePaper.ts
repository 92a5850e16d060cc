// Signed pages on their way to the server: one file after the other, each with its progress and what became of it.
import { ref, type Ref } from 'vue'
import { sendPaper, type PaperAnswer } from '@/api'
import { newKey } from '@/live/connection'

/** As the server refuses it too; said here before minutes are spent on sending. */
export const SIZE_LIMIT = 25 * 1024 * 1024

export interface Sending {
  key: string
  name: string
  file: Blob
  /** 0 to 1; at 1 the server is looking for the page. */
  share: number
  state: 'waiting' | 'sending' | 'done' | 'refused'
  answer?: PaperAnswer
  error?: unknown
}

export interface Paper {
  list: Ref<Sending[]>
  add: (files: Iterable<File>) => void
  again: (one: Sending) => void
  forget: (one: Sending) => void
}

/** `post` is `sendPaper` but in tests. */
export function usePaper(caseId: () => string, post: typeof sendPaper = sendPaper): Paper {
  const list = ref<Sending[]>([])
  let running = false

  async function run(): Promise<void> {
    if (running) return
    running = true
    for (let next = waiting(); next; next = waiting()) {
      next.state = 'sending'
      const one = next
      try {
        one.answer = await post(caseId(), one.file, one.key, (share) => (one.share = share))
        one.state = 'done'
      } catch (error) {
        one.error = error
        one.state = 'refused'
      }
    }
    running = false
  }
  const waiting = (): Sending | undefined => list.value.find((one) => one.state === 'waiting')

  function add(files: Iterable<File>): void {
    for (const file of files) list.value.push({ key: newKey(), name: file.name, file, share: 0, state: 'waiting' })
    void run()
  }

  /** The same key: what had arrived before the connection broke is not entered twice. */
  function again(one: Sending): void {
    Object.assign(one, { state: 'waiting', share: 0, error: undefined })
    void run()
  }

  const forget = (one: Sending): void => void (list.value = list.value.filter((other) => other.key !== one.key))
  return { list, add, again, forget }
}
