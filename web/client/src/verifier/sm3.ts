// SM3 (GB/T 32905-2016) of pieces as they come. Padding and lengths are the library's base class, the same that its SHA-256 stands on; the compression is
// written here, since no library of npm hashes SM3 piece by piece without WebAssembly, which the pages' security policy does not allow.
import { HashMD } from '@noble/hashes/_md.js'
import { rotl } from '@noble/hashes/utils.js'

const IV = [0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e]
/** T_j rotated by j: section 4.2. */
const T = Uint32Array.from({ length: 64 }, (_, j) => rotl(j < 16 ? 0x79cc4519 : 0x7a879d8a, j % 32))
const W = new Uint32Array(68)

const p0 = (x: number): number => x ^ rotl(x, 9) ^ rotl(x, 17)
const p1 = (x: number): number => x ^ rotl(x, 15) ^ rotl(x, 23)

export class Sm3 extends HashMD<Sm3> {
  private state = Int32Array.from(IV)

  constructor() {
    super(64, 32, 8, false)
  }

  protected get(): number[] {
    return [...this.state]
  }

  protected set(...words: number[]): void {
    this.state.set(words)
  }

  /** Section 5.3. */
  protected process(view: DataView, offset: number): void {
    for (let j = 0; j < 16; j++) W[j] = view.getUint32(offset + 4 * j)
    for (let j = 16; j < 68; j++) W[j] = p1(W[j - 16]! ^ W[j - 9]! ^ rotl(W[j - 3]!, 15)) ^ rotl(W[j - 13]!, 7) ^ W[j - 6]!
    const state = this.state
    let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
    for (let j = 0; j < 64; j++) {
      const ss1 = rotl((rotl(a, 12) + e + T[j]!) | 0, 7)
      const ff = j < 16 ? a ^ b ^ c : (a & b) | (a & c) | (b & c)
      const gg = j < 16 ? e ^ f ^ g : (e & f) | (~e & g)
      const tt1 = (ff + d + (ss1 ^ rotl(a, 12)) + (W[j]! ^ W[j + 4]!)) | 0
      const tt2 = (gg + h + ss1 + W[j]!) | 0
      d = c
      c = rotl(b, 9)
      b = a
      a = tt1
      h = g
      g = rotl(f, 19)
      f = e
      e = p0(tt2)
    }
    const mixed = [a, b, c, d, e, f, g, h]
    for (let n = 0; n < 8; n++) state[n] = state[n]! ^ mixed[n]!
  }

  protected roundClean(): void {
    W.fill(0)
  }

  destroy(): void {
    this.state.fill(0)
    this.roundClean()
  }

  _cloneInto(to = new Sm3()): Sm3 {
    to.state.set(this.state)
    return this._cloneIntoMeta(to)
  }
}
