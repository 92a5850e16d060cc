// Camera and microphone that went away come back by themselves: a telephone call took them, a headset was pulled out, another was plugged in.
// Others are taken in the middle of the talk when they are chosen.
import { onScopeDispose, watch, type ShallowRef } from 'vue'
import type { Call } from '@/media/call'
import { openDevices } from '@/media/devices'

const ended = (stream: MediaStream | null): boolean => stream?.getTracks().some((track) => track.readyState === 'ended') ?? false

/** Returns what opens the devices again, as they are chosen now. */
export function keepDevices(stream: ShallowRef<MediaStream | null>, call: ShallowRef<Call | null>): () => Promise<void> {
  let opening = false
  let gone = false

  async function reopen(others = false): Promise<void> {
    const former = stream.value
    if (opening || gone || !former || !(others || ended(former))) return
    opening = true
    try {
      const { stream: opened } = await openDevices(former.getVideoTracks().length > 0)
      if (gone || stream.value !== former) {
        for (const track of opened.getTracks()) track.stop()
        return
      }
      for (const track of former.getTracks()) track.stop()
      stream.value = opened
      await call.value?.replace(opened)
    } catch {
      // Still taken: the page's return or the next change of devices brings us here again.
    } finally {
      opening = false
    }
  }

  const look = (): void => {
    if (document.visibilityState === 'visible') void reopen()
  }
  watch(stream, (now) => {
    for (const track of now?.getTracks() ?? []) track.addEventListener('ended', look)
  })
  document.addEventListener('visibilitychange', look)
  navigator.mediaDevices?.addEventListener('devicechange', look)
  onScopeDispose(() => {
    gone = true
    document.removeEventListener('visibilitychange', look)
    navigator.mediaDevices?.removeEventListener('devicechange', look)
  })
  return () => reopen(true)
}
