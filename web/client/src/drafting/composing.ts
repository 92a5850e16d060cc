// Chinese input and other people's edits. While an input method composes, a foreign edit beside the caret leaves pinyin in the text, in every
// editor. So remote updates wait while somebody composes and are applied 60 ms after the composition ended (the browser still changes the
// text after `compositionend`). One's own updates wait as well, and leave as one: nobody needs to read half a syllable.

export const SETTLE = 60
/** Milliseconds after which remote updates are applied even so: a forgotten composition must not freeze the page. */
export const PATIENCE = 15_000

export interface Clock {
  set(action: () => void, milliseconds: number): number
  clear(timer: number): void
}

export const browserClock: Clock = {
  set: (action, milliseconds) => window.setTimeout(action, milliseconds),
  clear: (timer) => window.clearTimeout(timer),
}

/** Holds actions back while `begin` was called and `end` was not. */
export class Composing {
  private held: (() => void)[] = []
  private composing = false
  private timer: number | undefined

  constructor(private readonly clock: Clock = browserClock) {}

  get waiting(): boolean {
    return this.composing || this.timer !== undefined
  }

  begin(): void {
    this.stop()
    this.composing = true
    this.timer = this.clock.set(() => this.release(), PATIENCE)
  }

  end(): void {
    if (!this.composing) return
    this.stop()
    this.composing = false
    this.timer = this.clock.set(() => this.release(), SETTLE)
  }

  /** Do it now, or once the composition is over; in the order of the calls. */
  run(action: () => void): void {
    if (this.waiting) this.held.push(action)
    else action()
  }

  /** Give up: what is held is dropped. */
  destroy(): void {
    this.stop()
    this.held = []
  }

  private release(): void {
    this.stop()
    this.composing = false
    const actions = this.held
    this.held = []
    for (const action of actions) action()
  }

  private stop(): void {
    if (this.timer !== undefined) this.clock.clear(this.timer)
    this.timer = undefined
  }
}
