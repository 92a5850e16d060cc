// Whether Escape may close a dialog: at once where nothing was written, else at the second time, with a word in between.

interface Written {
  value: string
  type: string
}

const FEW = 5
const WRITTEN = new Set(['textarea', 'text', 'search', 'tel', 'number', 'email', 'url'])

export class Leaving {
  private fields = new Map<object, boolean>()
  private told = false

  /** Something was written into a field; a few characters are soon written again. */
  wrote(field: Written): void {
    this.told = false
    if (WRITTEN.has(field.type)) this.fields.set(field, field.value.trim().length > FEW)
  }

  /** Escape was pressed. */
  mayGo(): boolean {
    if (this.told || ![...this.fields.values()].includes(true)) return true
    this.told = true
    return false
  }
}
