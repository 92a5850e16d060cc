// A report that is being written: kept on the phone until the server has it, photographs too. IndexedDB, since photographs are large.
export interface Fields {
  kind: 'dispute' | 'matter'
  title: string
  facts: string
  region: string
  place: string
  name: string
  phone: string
  other_name: string
  other_phone: string
  /** Where a case comes from that staff enters; empty in a report. */
  source: string
}

export interface Draft {
  fields: Fields
  photos: Blob[]
  /** Idempotency-Key, given when it is first sent: however often it is sent again, one case comes of it. */
  key: string
  /** The person has pressed send; it goes out as soon as there is a network. */
  queued: boolean
}

export const emptyFields = (): Fields => ({ kind: 'dispute', title: '', facts: '', region: '', place: '', name: '', phone: '', other_name: '', other_phone: '', source: '' })
export const emptyDraft = (): Draft => ({ fields: emptyFields(), photos: [], key: '', queued: false })

const STORE = 'report'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('heyi', 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | undefined> {
  try {
    const database = await open()
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = act(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => reject(transaction.error)
    }).finally(() => database.close())
  } catch {
    // Private windows may forbid it: then the draft lives as long as the page.
    return undefined
  }
}

/** A resident's report, and a case that an account of staff enters: several may be in the middle of one at one device. */
export type Kept = 'draft' | `intake/${string}`

export const loadDraft = (kept: Kept): Promise<Draft | undefined> => run('readonly', (store) => store.get(kept) as IDBRequest<Draft | undefined>)
export const saveDraft = (kept: Kept, draft: Draft): Promise<unknown> => run('readwrite', (store) => store.put(draft, kept))
export const dropDraft = (kept: Kept): Promise<unknown> => run('readwrite', (store) => store.delete(kept))
