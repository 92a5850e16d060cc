// Rows that came after the page was opened: told politely once, marked for a while.
import { onScopeDispose, ref, watch } from 'vue'

const MARKED = 30_000

export function useNews<T>(rows: () => Record<string, T> | undefined, title: (row: T) => string) {
  const marked = ref(new Set<string>())
  const said = ref('')
  const timers: number[] = []
  let known: Set<string> | null = null
  watch(
    rows,
    (now) => {
      if (!now) return
      if (known) {
        for (const [id, row] of Object.entries(now)) {
          if (known.has(id)) continue
          marked.value = new Set([...marked.value, id])
          said.value = title(row)
          timers.push(window.setTimeout(() => (marked.value = new Set([...marked.value].filter((other) => other !== id))), MARKED))
        }
      }
      known = new Set(Object.keys(now))
    },
    { immediate: true },
  )
  onScopeDispose(() => timers.forEach(clearTimeout))
  return { marked, said }
}
