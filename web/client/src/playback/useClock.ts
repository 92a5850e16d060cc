// The page's one moment: it goes on while everybody's picture can follow, and waits for whoever reads, but not for ever.
import { computed, onUnmounted, ref } from 'vue'

const EVERY = 50
const PATIENCE = 8000

export function usePlaybackClock(ends: () => number) {
  const now = ref(0)
  const playing = ref(false)
  const speed = ref(1)
  const waiting = new Map<string, number>()
  const held = ref(false)
  let last = performance.now()

  function tick(): void {
    const time = performance.now()
    const passed = time - last
    last = time
    held.value = [...waiting.values()].some((since) => time - since < PATIENCE)
    if (!playing.value || held.value) return
    // A page that slept does not leap.
    now.value = Math.min(ends(), now.value + Math.min(passed, 10 * EVERY) * speed.value)
    if (now.value >= ends()) playing.value = false
  }
  const timer = window.setInterval(tick, EVERY)
  onUnmounted(() => window.clearInterval(timer))

  return {
    now,
    playing,
    speed,
    held: computed(() => playing.value && held.value),
    wait(who: string, waits: boolean): void {
      if (waits) waiting.set(who, performance.now())
      else waiting.delete(who)
    },
  }
}
