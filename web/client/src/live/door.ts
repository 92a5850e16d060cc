// Who this tab is, and why it is not let in. A refused websocket tells a browser nothing, so that HTTP is asked for the reason.
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue'
import { get } from '@/api'
import { RefusedError, type Connection } from './connection'

export interface Who {
  kind: string
  id: string
  name: string
  role: string
  region: string
}

/** The visitor as the server welcomed him, or null before that. */
export function useWho(connection: Connection): ShallowRef<Who | null> {
  const who = shallowRef<Who | null>(null)
  watch(
    () => connection.state.health,
    (health) => {
      if (health === 'online') who.value = connection.who as unknown as Who
    },
    { immediate: true },
  )
  return who
}

function closedBecause(code: number, reason: string): string {
  if (code === 4403 && ['account_disabled', 'handed_over'].includes(reason)) return reason
  if (code === 4409 && reason === 'other_window') return reason
  return { 4401: 'signed_off', 4403: 'link_revoked', 4406: 'reload', 4409: 'taken_over' }[code] ?? 'closed'
}

/** The refusal that keeps this connection out, or null. A cut line is none: it mends by itself. */
export function useRefusal(connection: Connection, code = ''): ShallowRef<RefusedError | null> {
  const refusal = shallowRef<RefusedError | null>(null)
  let welcomed = false
  let left = false
  // A page that was opened without a network asks again when there is one: its session may have ended meanwhile.
  const online = (): void => void (connection.state.health === 'reconnecting' && ask())
  window.addEventListener('online', online)
  onScopeDispose(() => {
    left = true
    window.removeEventListener('online', online)
  })

  async function ask(): Promise<void> {
    try {
      await get(code ? `/api/codes/${encodeURIComponent(code)}` : '/api/me')
    } catch (error) {
      if (left || welcomed || !(error instanceof RefusedError) || error.retry) return
      refusal.value = error
      connection.close()
    }
  }
  watch(
    () => connection.state.health,
    (health, before) => {
      if (health === 'online') {
        welcomed = true
        refusal.value = null
      } else if (health === 'reconnecting' && before !== 'reconnecting') {
        welcomed = false
        void ask()
      } else if (health === 'closed' && !refusal.value && before !== undefined) {
        refusal.value = new RefusedError(closedBecause(connection.state.code, connection.state.reason), '')
      }
    },
    { immediate: true },
  )
  return refusal
}
