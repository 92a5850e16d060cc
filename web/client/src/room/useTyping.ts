// Who writes a line just now, and telling the others that we do.
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import { useRoom } from './useRoom'

/** The server lets the flag go out after six seconds: said again in time while somebody writes on. */
const AGAIN = 3_000

export function useTyping(): { writers: ComputedRef<string[]>; typed: (text: string) => void } {
  const { connection, session, doc, live, nameOf } = useRoom()
  let told = 0

  const writers = computed(() =>
    Object.entries(live.value.seats ?? {})
      .filter(([id, flags]) => flags.typing && id !== doc.value?.me)
      .map(([id]) => nameOf(id))
      .filter(Boolean),
  )

  function typed(text: string): void {
    const on = text.trim() !== ''
    if (on ? Date.now() - told < AGAIN : !told) return
    told = on ? Date.now() : 0
    connection.send({ t: 'typing', session, on })
  }

  onScopeDispose(() => typed(''))
  return { writers, typed }
}
