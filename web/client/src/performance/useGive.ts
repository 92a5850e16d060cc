// One command at a time, and what became of it; the dialog that gave it closes where it was taken.
import { ref, type Ref } from 'vue'
import { RefusedError, type Connection } from '@/live/connection'
import type { Command } from '@/live/messages'

export interface Give {
  busy: Ref<boolean>
  error: Ref<unknown>
  /** The refusal, where it is about this field. */
  at: (field: string) => RefusedError | undefined
  give: (command: Command) => Promise<boolean>
}

export function useGive(connection: Connection): Give {
  const busy = ref(false)
  const error = ref<unknown>(null)
  return {
    busy,
    error,
    at: (field) => (error.value instanceof RefusedError && error.value.detail.field === field ? error.value : undefined),
    async give(command) {
      busy.value = true
      error.value = null
      try {
        await connection.do(command)
        return true
      } catch (refused) {
        error.value = refused
        return false
      } finally {
        busy.value = false
      }
    },
  }
}
