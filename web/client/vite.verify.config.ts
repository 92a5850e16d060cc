// The second build: verify.html with everything inside, for bundles and for computers without a network.
import { defineConfig, mergeConfig } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'
import site from './vite.config'

export default mergeConfig(
  site,
  defineConfig({
    plugins: [viteSingleFile({ removeViteModuleLoader: true })],
    publicDir: false,
    build: { emptyOutDir: false, rollupOptions: { input: 'verify.html' } },
  }),
)
