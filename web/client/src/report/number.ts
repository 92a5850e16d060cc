// The public number of a case as somebody types it: HY-7K3M-92QF, hy7k3m92qf, 7K3M 92QF, in full width.

/** Its letters and digits without HY; eight where it is whole. */
export const lettersOf = (text: string): string => text.normalize('NFKC').toUpperCase().replace(/[^0-9A-Z]/g, '').replace(/^HY/, '')
