// Sharing one's screen: the rules are told first, so that whoever hears of it early shows it at once; phones cannot share.
import { computed, type ComputedRef } from 'vue'
import { useRoom } from './useRoom'

export function useShare(): { possible: boolean; sharing: ComputedRef<boolean>; toggle: () => Promise<void> } {
  const { act, call } = useRoom()

  async function toggle(): Promise<void> {
    if (!call.value) return
    if (call.value.state.screen) {
      await call.value.stopScreen()
      await act({ t: 'set_media', media: 'screen', on: false })
      return
    }
    try {
      await act({ t: 'set_media', media: 'screen', on: true })
      await call.value.shareScreen()
    } catch {
      // The person closed the browser's chooser: nothing is shared.
      await act({ t: 'set_media', media: 'screen', on: false })
    }
  }

  return {
    possible: typeof navigator.mediaDevices?.getDisplayMedia === 'function' && !matchMedia('(pointer: coarse)').matches,
    sharing: computed(() => call.value?.state.screen ?? false),
    toggle,
  }
}
