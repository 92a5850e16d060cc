// The third build: sw.js, the offline worker of the pages that open without a network, at one address and in one file. It is given the files that the first build made for them.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, mergeConfig } from 'vite'
import { filesOf } from './src/offline/files'
import { INTAKE, REPORT } from './src/offline/rule'
import site from './vite.config'

const built = (name: string): string => readFileSync(fileURLToPath(new URL(`../static/${name}`, import.meta.url)), 'utf8')

export default defineConfig(() => {
  const manifest = JSON.parse(built('.vite/manifest.json'))
  const files = { [REPORT]: filesOf(REPORT, manifest), [INTAKE]: filesOf(INTAKE, manifest) }
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
