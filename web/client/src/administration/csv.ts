// A table that a spreadsheet opens (RFC 4180), in UTF-8 with its mark, without which Excel takes Chinese for something else.
const BOM = '\uFEFF'
/** What a spreadsheet would take for a formula and reckon out, were it not for the sign before it. */
const FORMULA = /^[=+\-@＝＋－＠\t\r]/

const cell = (text: string): string => {
  const safe = FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csv = (rows: string[][]): string => BOM + rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
