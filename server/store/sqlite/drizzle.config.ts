import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './server/store/sqlite/tables.ts',
  out: './server/store/sqlite/migrations',
  casing: 'snake_case',
})
