/** The table of docs/operations.md with what a tenant decides for itself. */
import { allSettings, shownSetting } from '../server/rules/settings.ts'
import { table } from './table.ts'

export function settingsTable(): Record<string, string> {
  const rows = allSettings.map(({ name, expected, default: value, isLearned, about }) => [
    `\`${name}\``,
    expected,
    shownSetting(value),
    isLearned ? 'yes' : 'no',
    about,
  ])
  return { 'tenant settings': table(['key', 'value', 'default', 'clients learn it', ''], rows) }
}
