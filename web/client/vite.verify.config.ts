// The second build: verify.html with everything inside, for bundles and for computers without a network.
import { defineConfig, mergeConfig, type Plugin } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'
import site from './vite.config'

/** PKI.js gives every class its name in a static block, which keeps the bundler from leaving out what nobody uses: a hundred
 * kilobytes in every bundle. A getter says the same. */
const namesAsGetters: Plugin = {
  name: 'names-as-getters',
  enforce: 'pre',
  transform: (code, id) =>
    /node_modules\/pkijs\//.test(id) ? code.replace(/static \{\s*this\.([A-Z_]+) = ("[^"]*");\s*\}/g, 'static get $1() { return $2 }') : undefined,
}

export default mergeConfig(
  site,
  defineConfig({
    plugins: [namesAsGetters, viteSingleFile({ removeViteModuleLoader: true })],
    publicDir: false,
    build: { emptyOutDir: false, manifest: false, rollupOptions: { input: 'verify.html' } },
  }),
)
