// Lines of chat that the others do not have yet: on their way, waiting for the connection, or refused.
// They belong to the room and not to a panel: the panel goes away when a private talk begins, and what waits must be told afterwards.
import { shallowReactive } from 'vue'
import type { ChatLine } from '@/live/docs'

export interface UnsentLine {
  id: number
  text: string
  /** Where it was written: the caucus' id, empty for everybody's talk. */
  talk: string
  /** The last line that this talk had when it was written; '' for none. */
  after: string
  /** Why the server did not take it; null while it may still go out by itself. */
  refusal: unknown
}

export type Say = (text: string, talk: string) => Promise<unknown>

export class Unsent {
  readonly lines = shallowReactive<UnsentLine[]>([])
  private counter = 0

  constructor(private readonly say: Say) {}

  add(text: string, talk: string, after: string): void {
    const line = shallowReactive<UnsentLine>({ id: ++this.counter, text, talk, after, refusal: null })
    this.lines.push(line)
    void this.send(line)
  }

  /** Say a refused line once more: in the talk that is on now, since whoever presses the button sees where it goes. */
  again(line: UnsentLine, talk: string, after: string): void {
    Object.assign(line, { talk, after, refusal: null })
    void this.send(line)
  }

  drop(line: UnsentLine): void {
    const at = this.lines.indexOf(line)
    if (at >= 0) this.lines.splice(at, 1)
  }

  private async send(line: UnsentLine): Promise<void> {
    try {
      await this.say(line.text, line.talk)
      // The event came before the answer (docs/protocol.md): the line stands in the talk already.
      this.drop(line)
    } catch (refusal) {
      line.refusal = refusal
    }
  }
}

/** Those of `unsent` that a talk does not show yet. Between the event and the answer a line is known by who said it and what. */
export function unshown(unsent: readonly UnsentLine[], lines: readonly [string, ChatLine][], talk: string, me: string): UnsentLine[] {
  const taken = new Set<string>()
  return unsent.filter((line) => {
    if (line.refusal || line.talk !== talk) return true
    const shown = lines.find(([id, said]) => id > line.after && !taken.has(id) && said.seat === me && said.text === line.text.normalize('NFC'))
    if (shown) taken.add(shown[0])
    return !shown
  })
}
