/// <reference types="vitest/config" />
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  define: {
    __VUE_I18N_FULL_INSTALL__: false,
    __VUE_I18N_LEGACY_API__: false,
    __INTLIFY_JIT_COMPILATION__: true,
    __INTLIFY_DROP_MESSAGE_COMPILER__: false,
    __INTLIFY_PROD_DEVTOOLS__: false,
    __VUE_OPTIONS_API__: true,
    __VUE_PROD_DEVTOOLS__: false,
  },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    // Read by the build of the offline worker; it is served to nobody.
    manifest: true,
    target: ['es2020', 'chrome86', 'safari14'],
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
  // One thread for files of a kind: making a DOM anew for each took longer than all tests.
  test: { environment: 'node', pool: 'threads', isolate: false, include: ['src/**/*.test.ts'], testTimeout: 20_000 },
})
