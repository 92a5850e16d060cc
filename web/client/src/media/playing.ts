// Keeps a picture or a voice playing: what the system pauses, as a telephone call does, goes on by itself, or by a tap where the browser wants one.

/** Milliseconds after an attempt within which another pause means that it has failed: to try on at once would go round in circles. */
export const SETTLED = 1000

export class Playing {
  private track: MediaStreamTrack | null = null
  /** Counts attempts: only the newest tells how it went. */
  private attempts = 0
  private triedAt = -Infinity
  private timer = 0
  private told = false

  /** `blocked` is told whether a tap is needed, whenever that changes. */
  constructor(
    private readonly element: HTMLMediaElement,
    private readonly blocked: (is: boolean) => void,
  ) {
    element.addEventListener('pause', this.paused)
    element.addEventListener('playing', this.plays)
    document.addEventListener('visibilitychange', this.back)
    for (const name of ['pageshow', 'focus']) window.addEventListener(name, this.back)
  }

  show(track: MediaStreamTrack | null): void {
    this.track = track
    this.element.srcObject = track && new MediaStream([track])
    this.forget()
    if (track) this.resume()
  }

  /** By a tap, or by itself. */
  resume(): void {
    if (!this.wanted) return
    const attempt = ++this.attempts
    this.triedAt = performance.now()
    clearTimeout(this.timer)
    // Some browsers neither begin nor refuse.
    this.timer = window.setTimeout(this.look, SETTLED)
    this.element.play().then(
      () => attempt === this.attempts && this.tell(this.element.paused),
      () => attempt === this.attempts && this.look(),
    )
  }

  close(): void {
    this.element.removeEventListener('pause', this.paused)
    this.element.removeEventListener('playing', this.plays)
    document.removeEventListener('visibilitychange', this.back)
    for (const name of ['pageshow', 'focus']) window.removeEventListener(name, this.back)
    this.show(null)
  }

  /** What has ended pauses too, and that is as it should be. */
  private get wanted(): boolean {
    return this.track?.readyState === 'live'
  }

  // The page itself never pauses: whoever did was the system, or a key of a headset.
  private paused = (): void => {
    if (this.wanted && !document.hidden && performance.now() - this.triedAt >= SETTLED) this.resume()
  }

  private plays = (): void => this.tell(false)

  private back = (): void => {
    if (!document.hidden && this.element.paused) this.resume()
  }

  private look = (): void => {
    if (this.wanted && !document.hidden) this.tell(this.element.paused)
  }

  private forget(): void {
    this.attempts++
    clearTimeout(this.timer)
    this.tell(false)
  }

  private tell(is: boolean): void {
    if (is === this.told) return
    this.told = is
    this.blocked(is)
  }
}
