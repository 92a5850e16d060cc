// What is kept on this device and is too large for localStorage: photographs, recordings. IndexedDB; a private window may forbid it, then it lives as long as the page.
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
    return undefined
  }
}

export const loadKept = <T>(key: string): Promise<T | undefined> => run('readonly', (store) => store.get(key) as IDBRequest<T | undefined>)
/** Whether the device has it. */
export const saveKept = async (key: string, value: unknown): Promise<boolean> => (await run('readwrite', (store) => store.put(value, key))) !== undefined
export const dropKept = (key: string): Promise<unknown> => run('readwrite', (store) => store.delete(key))
/** Names of all that is kept. */
export const keysKept = async (): Promise<string[]> => ((await run('readonly', (store) => store.getAllKeys())) ?? []).map(String)
/** Both or neither: kept under the one name, and no more under the other. Whether the device has it. */
export const moveKept = async (from: string, to: string, value: unknown): Promise<boolean> =>
  (await run('readwrite', (store) => {
    store.delete(from)
    return store.put(value, to)
  })) !== undefined
