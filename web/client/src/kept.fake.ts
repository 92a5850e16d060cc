// For tests: as much of IndexedDB as kept.ts uses, in memory.
export function keptIn(kept: Map<string, unknown>): { open: () => object } {
  const store = {
    get: (key: string) => ({ result: kept.get(key) }),
    getAllKeys: () => ({ result: [...kept.keys()] }),
    put: (value: unknown, key: string) => (kept.set(key, value), { result: key }),
    delete: (key: string) => (kept.delete(key), {}),
  }
  const transaction = (): object => {
    const one: { oncomplete?: () => void; objectStore: () => object } = { objectStore: () => store }
    setTimeout(() => one.oncomplete?.())
    return one
  }
  return {
    open: () => {
      const request: { onsuccess?: () => void; result: object } = { result: { transaction, close: () => undefined } }
      setTimeout(() => request.onsuccess?.())
      return request
    },
  }
}
