import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './server/store/postgres/tables.ts',
  out: './server/store/postgres/migrations',
  casing: 'snake_case',
})
