// What an agreement still lacks, in words. The server writes a code, and after a slash the party that it is about.
type Translate = (key: string, values: Record<string, string>) => string

export function missingWords(t: Translate, label: string): string {
  const [code, who = ''] = label.split('/', 2) as [string, string?]
  return t(`agreement.missing.${code}`, { who })
}
