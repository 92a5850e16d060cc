// Vue's view of the connection: one for the tab, opened when the first page needs it.
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import { Connection, type Topic } from './connection'

let shared: Connection | null = null
let sharedCode = ''

/** The tab's connection. A public page names its code; every other page comes in by its session. */
export function useConnection(code = ''): Connection {
  if (!shared || sharedCode !== code || shared.state.health === 'closed') {
    shared?.close()
    shared = new Connection(code)
    sharedCode = code
  }
  return shared
}

/** Leave the present session: after signing in or opening another link. */
export function resetConnection(): void {
  shared?.close()
  shared = null
}

/** Follow a topic for the life of the calling component. */
export function useTopic<T>(connection: Connection, name: string): { topic: Topic; doc: ComputedRef<T | null> } {
  const topic = connection.follow(name)
  onScopeDispose(() => connection.release(name))
  return { topic, doc: computed(() => topic.doc as T | null) }
}
