// The third build: sw.js, the offline worker of the report page, at one address and in one file. It is given the files that the first build made for that page.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vite'
import { filesOfReport } from './src/offline/files'
import site from './vite.config'

const built = (name: string): string => readFileSync(fileURLToPath(new URL(`../static/${name}`, import.meta.url)), 'utf8')

export default defineConfig(() => {
  const files = filesOfReport(JSON.parse(built('.vite/manifest.json')))
  const name = createHash('sha256').update(JSON.stringify(files)).update(built('index.html')).digest('hex').slice(0, 12)
  return mergeConfig(
    site,
    defineConfig({
      define: { __VERSION__: JSON.stringify({ name, files }) },
      publicDir: false,
      build: {
        emptyOutDir: false,
        manifest: false,
        // No module: browsers learned workers of modules late.
        rollupOptions: { input: 'src/offline/worker.ts', output: { format: 'iife', entryFileNames: 'sw.js' } },
      },
    }),
  )
})
