import { defineConfig } from 'vite'

export default defineConfig({
  // The workspace packages are read from their sources: no build is needed to work on the editor.
  resolve: { conditions: ['@tidemark/source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2023',
    sourcemap: true,
    // One bundle on purpose: the shell worker keeps what the page names, so that it is whole offline. Most is ProseMirror.
    chunkSizeWarningLimit: 700,
  },
})
