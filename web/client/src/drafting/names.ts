// What a field is called: those of the statute by their key, those that people put in by their type.
import type { FieldType } from './schema'

type Translate = (key: string) => string

export function fieldName(t: Translate, te: (key: string) => boolean, key: string, type: FieldType): string {
  const known = `agreement.keys.${key.replace(/\d+/g, 'n').replaceAll('.', '_')}`
  return te(known) ? t(known) : t(`agreement.types.${type}`)
}
