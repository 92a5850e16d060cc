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
}

export interface Draft {
  fields: Fields
  photos: Blob[]
  /** Idempotency-Key, given when it is first sent: however often it is sent again, one case comes of it. */
  key: string
  /** The person has pressed send; it goes out as soon as there is a network. */
  queued: boolean
}

export const emptyFields = (): Fields => ({ kind: 'dispute', title: '', facts: '', region: '', place: '', name: '', phone: '', other_name: '', other_phone: '' })
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

export const loadDraft = (): Promise<Draft | undefined> => run('readonly', (store) => store.get('draft') as IDBRequest<Draft | undefined>)
export const saveDraft = (draft: Draft): Promise<unknown> => run('readwrite', (store) => store.put(draft, 'draft'))
export const dropDraft = (): Promise<unknown> => run('readwrite', (store) => store.delete('draft'))
