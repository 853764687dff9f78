import type { Format } from '../format.ts'

const minuteMs = 60_000

/** How long ago, in a sentence: there minutes say that they are past. */
export function since(format: Pick<Format, 'ago' | 'now' | 'words'>, at: string): string {
  const minutes = Math.floor((format.now() - Date.parse(at)) / minuteMs)
  if (minutes < 1 || minutes >= 60) return format.ago(at)
  return new Intl.RelativeTimeFormat(format.words.language).format(-minutes, 'minute')
}
