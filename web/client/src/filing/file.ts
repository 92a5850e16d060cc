// The paper file of a case (卷宗) as the server lists it, and which fields are filled in for which item.

export const DOCS = ['application', 'rights', 'identity', 'authority', 'investigation', 'evidence', 'record', 'agreement', 'receipts', 'visits', 'confirmation', 'statement', 'back'] as const
export type Doc = (typeof DOCS)[number]

export interface FileItem {
  n: number
  doc: Doc
  required: boolean
  state: 'present' | 'missing' | 'none'
  reason: string
  made: string
  remedy: string
  opens: boolean
}

export interface FilledForm {
  revision: number
  fields: Record<string, string>
  by: string | null
  at: string | null
  limits: Record<string, number>
}

export interface CaseFile {
  items: FileItem[]
  forms: Record<string, FilledForm>
  may_fill: boolean
  people: Record<string, string>
}

export interface FormField {
  form: string
  key: string
  /** Of a party: whose it is. */
  person?: string
  limit: number
}

const FORMS: Partial<Record<Doc | 'cover', string[]>> = {
  cover: ['cover'],
  application: ['people', 'application'],
  authority: ['authority'],
  investigation: ['investigation'],
  visits: ['visits'],
  confirmation: ['confirmation'],
  statement: ['statement', 'closing'],
}

/** What may be filled in for an item, in the order of its form; a note of where its paper lies comes last. */
export function fieldsOf(file: CaseFile, what: Doc | 'cover'): FormField[] {
  const registered = what === 'application' && ['registered', 'referred'].includes(file.items[0]?.reason ?? '')
  const names = (FORMS[what] ?? []).map((form) => (registered && form === 'application' ? 'registration' : form))
  const found = names.flatMap((form) =>
    Object.entries(file.forms[form]?.limits ?? {}).map(([key, limit]): FormField => {
      const person = form === 'people' ? key.split('.')[0]! : ''
      return { form, key, limit, ...(person ? { person: file.people[person] ?? person } : {}) }
    }),
  )
  const note = file.forms.enclosed?.limits[what]
  return note === undefined ? found : [...found, { form: 'enclosed', key: what, limit: note }]
}

/** Form → what differs from what was read; forms in which nothing does are left out. */
export function changes(file: CaseFile, fields: FormField[], words: Record<string, string>): Record<string, Record<string, string>> {
  const found: Record<string, Record<string, string>> = {}
  for (const { form, key } of fields) {
    const now = (words[`${form}/${key}`] ?? '').trim()
    if (now !== (file.forms[form]?.fields[key] ?? '')) (found[form] ??= {})[key] = now
  }
  return found
}

export const lackingOf = (file: CaseFile | null): FileItem[] => file?.items.filter((item) => item.required && item.state === 'missing') ?? []

/** In how many lines a field is written. */
export const linesOf = (limit: number): number => (limit > 1000 ? 8 : limit > 200 ? 4 : limit > 100 ? 2 : 1)
