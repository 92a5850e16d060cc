// @vitest-environment node
import { expect, it } from 'vitest'
import { Pdf, roleOf, unpad } from './pdf'

const pdf = (text: string): Pdf => new Pdf(Uint8Array.from(text, (character) => character.charCodeAt(0)))

it('finds a signature, its field and what it covers', () => {
  const head = '%PDF-1.7\n1 0 obj\n<< /SubFilter /ETSI.RFC3161 /Contents '
  const tail = '\nendobj\n2 0 obj\n<< /FT /Sig /T (Seal) /V 1 0 R >>\nendobj\n%%EOF\n'
  const range = (length: number): string => ` /ByteRange [0 ${head.length} ${head.length + 6} ${String(length).padStart(3)}] >>`
  const rest = range(range(0).length + tail.length) + tail
  const found = pdf(`${head}<3000>${rest}`).signatures()
  expect(found).toMatchObject([{ name: 'Seal', contents: '3000', isTimestamp: true, end: head.length + 6 + rest.length }])
  expect(found[0].covered.map((part) => part.length)).toEqual([head.length, rest.length])
})

it('refuses byte ranges that are none', () => {
  expect(() => pdf('/ByteRange [0 1 2]').signatures()).toThrow('byte_range_malformed')
  expect(() => pdf('1 0 obj /Contents <00> /ByteRange [0 99 100 5]').signatures()).toThrow('byte_range_malformed')
  expect(() => pdf('1 0 obj /Contents <00> /ByteRange [0 9 12 5]').signatures()).toThrow('byte_range_elsewhere')
})

it('names all fields', () => {
  expect(pdf('1 0 obj << /FT /Sig /T (Party1) >> endobj 2 0 obj << /FT/Sig >> endobj').fields()).toEqual(new Set(['Party1', '']))
})

it.each(['', '3', '300', '3000ab', '30 0', '300001'])('refuses the contents %j', (contents) => {
  expect(() => unpad(contents)).toThrow(/contents_malformed|padding_not_zero|der_malformed/)
})

it('takes zero padding, and knows roles', () => {
  expect(unpad('30000000')).toEqual(Uint8Array.of(0x30, 0))
  expect(['Platform', 'Party1', 'Party99', 'Party0', 'Seal', 'constructor'].map(roleOf)).toEqual(['platform', 'party', 'party', 'unknown', 'committee', 'unknown'])
})
