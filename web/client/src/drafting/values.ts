// Values of fields as people read them; the server prints them the same way (agreements/layout.py).
import type { FieldType } from './schema'

/** 1234.5 → 1234.50; commas and a currency sign are forgiven. Empty where it is no amount. */
export function readAmount(text: string): string {
  const plain = text.replace(/[,，\s元￥¥]/g, '')
  if (!/^\d{1,12}(\.\d{1,2})?$/.test(plain)) return ''
  const [whole, cents = ''] = plain.split('.')
  return `${String(Number(whole))}.${cents.padEnd(2, '0')}`
}

export function shown(type: FieldType, value: string, language: string): string {
  if (type === 'date' && /^\d{4}-\d\d-\d\d$/.test(value)) {
    const [year, month, day] = value.split('-').map(Number)
    return language === 'en' ? value : `${year}年${month}月${day}日`
  }
  if (type === 'amount' && value) {
    const [whole, cents] = value.split('.')
    return `${whole!.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents}元`
  }
  return value
}
