// The canonical ZIP: nothing compressed, fixed times, no extras, names sorted and safe. Every byte outside the members' content equals its rebuild.
import { joined } from './hashing'
import { byCodePoint } from './json'
import { Broken } from './report'
import type { Source, Stretch } from './source'
import { same } from './der'

const [LOCAL, CENTRAL, END] = [30, 46, 22]
const MAX_FILES = 65_000
const MAX_BYTES = 2 ** 32 - 2 ** 20
const MAX_NAME = 200
const [FLAGS, VERSION, MADE_BY, DATE, MODE] = [0x0800, 20, 0x0314, 0x0021, 0o100644 * 2 ** 16]

/** One stored file: name, CRC-32, size, where its local header begins and where its content does. */
export interface Member extends Stretch {
  crc: number
  offset: number
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

/** Little-endian fields: [value, bytes]. */
function packed(magic: string, fields: [value: number, bytes: 2 | 4][], name = ''): Uint8Array {
  const tail = bytesOf(name)
  const out = new Uint8Array(4 + fields.reduce((sum, [, bytes]) => sum + bytes, 0) + tail.length)
  const view = new DataView(out.buffer)
  out.set(bytesOf(magic))
  let at = 4
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(at, value, true)
    else view.setUint32(at, value, true)
    at += bytes
  }
  out.set(tail, at)
  return out
}

function localHeader({ name, crc, size }: Member): Uint8Array {
  const length = bytesOf(name).length
  return packed('PK\x03\x04', [[VERSION, 2], [FLAGS, 2], [0, 2], [0, 2], [DATE, 2], [crc, 4], [size, 4], [size, 4], [length, 2], [0, 2]], name)
}

function centralRecord({ name, crc, size, offset }: Member): Uint8Array {
  const length = bytesOf(name).length
  const times: [number, 2][] = [[MADE_BY, 2], [VERSION, 2], [FLAGS, 2], [0, 2], [0, 2], [DATE, 2]]
  const rest: [number, 2 | 4][] = [[length, 2], [0, 2], [0, 2], [0, 2], [0, 2], [MODE, 4], [offset, 4]]
  return packed('PK\x01\x02', [...times, [crc, 4], [size, 4], [size, 4], ...rest], name)
}

const endRecord = (count: number, length: number, offset: number): Uint8Array =>
  packed('PK\x05\x06', [[0, 2], [0, 2], [count, 2], [count, 2], [length, 4], [offset, 4], [0, 2]])

/** A relative path of plain parts: nothing that leaves the folder, nothing that a file system spells in two ways. */
export function safeName(name: string): boolean {
  const plain = name.split('/').every((part) => !['', '.', '..'].includes(part) && !/^[ .]|[ .]$/.test(part))
  const printable = [...name].every((character) => character === ' ' || !/[\p{C}\p{Z}\\:*?"<>|]/u.test(character))
  return plain && printable && bytesOf(name).length <= MAX_NAME && name.normalize('NFC') === name
}

/** What a file system that does not tell capitals apart makes of a name. */
const folded = (name: string): string => name.toUpperCase().toLowerCase()

/** The members of a canonical ZIP, in order. Throws `Broken`. */
export async function readZip(source: Source): Promise<Member[]> {
  const { size } = source
  if (size < END || size > MAX_BYTES) throw new Broken('zip_size', { size })
  const tail = await source.read(size - END, END)
  const view = new DataView(tail.buffer)
  const [count, length, offset] = [view.getUint16(10, true), view.getUint32(12, true), view.getUint32(16, true)]
  if (!same(tail.subarray(0, 4), bytesOf('PK\x05\x06')) || count > MAX_FILES || offset + length + END !== size) throw new Broken('zip_end')
  if (length > count * (CENTRAL + MAX_NAME)) throw new Broken('zip_directory')
  const directory = await source.read(offset, length)
  const members = listed(directory, count)
  const names = members.map((member) => member.name)
  const unsafe = names.find((name) => !safeName(name))
  if (unsafe !== undefined) throw new Broken('zip_unsafe_name', { name: unsafe.slice(0, 200) })
  const ascending = names.every((name, n) => n === 0 || byCodePoint(names[n - 1], name) < 0)
  if (!ascending || new Set(names.map(folded)).size !== names.length) throw new Broken('zip_names_not_sorted_or_doubled')
  await demandHeaders(source, members, offset)
  const rebuilt = joined(members.map(centralRecord))
  if (!same(directory, rebuilt) || !same(tail, endRecord(count, length, offset))) throw new Broken('zip_not_canonical', { name: '' })
  return members
}

function listed(directory: Uint8Array, count: number): Member[] {
  const members: Member[] = []
  const view = new DataView(directory.buffer)
  for (let at = 0, n = 0; n < count; n++) {
    if (at + CENTRAL > directory.length) throw new Broken('zip_directory')
    const length = view.getUint16(at + 28, true)
    const raw = directory.subarray(at + CENTRAL, at + CENTRAL + length)
    const offset = view.getUint32(at + 42, true)
    members.push({ name: nameOf(raw), crc: view.getUint32(at + 16, true), size: view.getUint32(at + 24, true), offset, start: offset + LOCAL + raw.length })
    at += CENTRAL + length
  }
  return members
}

function nameOf(raw: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(raw)
  } catch {
    throw new Broken('zip_name')
  }
}

async function demandHeaders(source: Source, members: Member[], end: number): Promise<void> {
  let position = 0
  for (const member of members) {
    const header = localHeader(member)
    if (member.offset !== position || !same(await source.read(position, header.length), header)) throw new Broken('zip_not_canonical', { name: member.name })
    position += header.length + member.size
  }
  if (position !== end) throw new Broken('zip_not_canonical', { name: '' })
}
