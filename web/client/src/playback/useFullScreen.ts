// Full screen for the whole stage with its watermark, never for a picture alone.
import { onMounted, onUnmounted, ref, type Ref } from 'vue'

export function useFullScreen(stage: Ref<HTMLElement | null>) {
  const full = ref(false)
  const possible = document.fullscreenEnabled

  async function changed(): Promise<void> {
    const now = document.fullscreenElement
    full.value = now !== null && now === stage.value
    // Whoever brought a bare picture there (a browser's menu, an extension) gets the page back.
    if (now instanceof HTMLVideoElement && stage.value?.contains(now)) await document.exitFullscreen().catch(() => undefined)
  }
  async function toggle(): Promise<void> {
    await (full.value ? document.exitFullscreen() : stage.value?.requestFullscreen())?.catch(() => undefined)
  }
  onMounted(() => document.addEventListener('fullscreenchange', changed))
  onUnmounted(() => {
    document.removeEventListener('fullscreenchange', changed)
    if (full.value) void document.exitFullscreen().catch(() => undefined)
  })
  return { full, possible, toggle }
}
