// What was fetched becomes a file on this computer: fetched first, so that a refusal is told on the page and not as a download that failed.
export function saveFile(content: Blob, name: string): void {
  const url = URL.createObjectURL(content)
  Object.assign(document.createElement('a'), { href: url, download: name }).click()
  // A slow disk still reads from it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
