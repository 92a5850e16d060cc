// The screen stays on while somebody speaks into it, or while it is sent, where the browser can: a phone that locks itself ends both.
export function keepAwake(): () => void {
  let lock: WakeLockSentinel | undefined
  let over = false
  const hold = async (): Promise<void> => {
    if (document.hidden || over) return
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined)
    if (over) void lock?.release()
  }
  // A page that is left loses it.
  const again = (): void => void hold()
  document.addEventListener('visibilitychange', again)
  void hold()
  return () => {
    over = true
    document.removeEventListener('visibilitychange', again)
    void lock?.release().catch(() => undefined)
  }
}
