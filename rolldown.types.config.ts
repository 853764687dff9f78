/**
 * Bundles the types of what is published: one file for each entry, and what they share. The packages that are bundled into
 * the server are in here as well, because nobody who installs Chatter has them. `tsc` has written the types file by file
 * into dist/declarations.
 */
import { defineConfig } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'

const declarations = 'dist/declarations'

export default defineConfig({
  input: {
    server: `${declarations}/server/index.d.ts`,
    widget: `${declarations}/widget/index.d.ts`,
    chat: `${declarations}/widget/headless.d.ts`,
  },
  external: [/^node:/, 'lit'],
  plugins: [dts({ dtsOnly: true, generator: 'oxc', tsconfig: false })],
  output: { dir: 'dist/types', cleanDir: true },
})
