/** What a site says itself, and what it keeps of its own with rooms, users and messages. */
import * as v from 'valibot'
import { cleanLine } from '../protocol/clean.ts'
import { Text } from '../protocol/commands.ts'
import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import type { SiteView } from '../protocol/views.ts'
import { isVisible, trimmed } from '../protocol/visible.ts'

/** In place of a user's id: no user has it. */
export const siteId = ''

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** It is asked before anything walks the value to its end. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((one) => isDeeper(one, levels - 1))
}

/** What a site keeps of its own with something. Becomes its JSON, as a database holds it; of an empty one null. */
export const DataJson = v.pipe(
  v.custom<Record<string, unknown>>(isObject, 'expected a JSON object'),
  v.check(
    (value) => !isDeeper(value, limits.dataDepth),
    `expected at most ${limits.dataDepth} objects and arrays within one another`,
  ),
  v.transform((value) => JSON.stringify(value)),
  v.maxBytes(
    limits.dataBytes,
    ({ received }) => `expected at most ${limits.dataBytes} bytes, got ${received}`,
  ),
  v.transform((json) => (json === '{}' ? null : json)),
)

/** The same of one by itself. @throws Problem `too_large`, `bad_request` for what is no object or too deep */
export const dataColumn = (data: unknown): string | null =>
  parse(v.object({ data: v.nullable(DataJson) }), { data }).data

export const dataIn = (column: string): Record<string, unknown> =>
  JSON.parse(column) as Record<string, unknown>

const line = (most: number) =>
  v.pipe(
    v.string(),
    v.transform(trimmed),
    v.check(isVisible, 'expected something to read, got nothing visible'),
    v.maxLength(most, ({ received }) => `expected at most ${most} characters, got ${received}`),
    v.check((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'expected no control characters'),
    v.transform(cleanLine),
  )

/** Nothing but a web address: what runs (`javascript:`) is none, and a name with a password would hide where it leads. */
function isWebAddress(text: string): boolean {
  // Without both slashes a page reads it as one of its own.
  if (!/^https?:\/\/[^\s\\\p{Cc}]+$/iu.test(text) || !text.isWellFormed()) return false
  const url = URL.parse(text)
  return url?.username === '' && url.password === ''
}

const Link = v.object({
  url: v.pipe(
    v.string(),
    v.maxLength(
      limits.urlChars,
      ({ received }) => `expected at most ${limits.urlChars} characters, got ${received}`,
    ),
    v.check(isWebAddress, 'expected an http or https address'),
  ),
  label: v.exactOptional(line(limits.linkLabelChars)),
})

const Type = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z][\w.-]*$/, 'expected a name of letters, digits, dots and hyphens'),
  v.maxLength(limits.typeChars),
)

const siteFields = {
  title: v.exactOptional(line(limits.titleChars)),
  text: Text,
  link: v.exactOptional(Link),
  type: v.exactOptional(Type),
  data: v.exactOptional(DataJson),
}

/** A message of the site, and what of one is to be another. */
export const SiteBody = v.object(siteFields)
export const SiteChange = v.object({
  title: v.exactOptional(v.nullable(siteFields.title.wrapped)),
  text: v.exactOptional(Text),
  link: v.exactOptional(v.nullable(Link)),
  type: v.exactOptional(v.nullable(Type)),
  data: v.exactOptional(v.nullable(DataJson)),
})

/** A message of the site, as its server gives it. */
export type SiteMessage = SiteView
/** What is left out stays; null takes it away. */
export type SiteMessageChange = { readonly [K in keyof SiteView]?: SiteView[K] | null }

/** @throws Problem `bad_request`, `too_large` */
export function siteViewOf(given: object): SiteView {
  const { data, ...others } = parse(SiteBody, defined(given))
  return { ...others, ...(typeof data === 'string' && { data: dataIn(data) }) }
}

/** After a change. @throws Problem as `siteViewOf` */
export const changedSite = (before: SiteView, change: SiteMessageChange): SiteView =>
  siteViewOf({ ...before, ...change })

const defined = (given: object): object =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null))

/** All that it says, for quotes, lists, and whoever knows no more of a message than its text. */
export function wholeText({ title, text, link }: SiteView): string {
  const about = link && (link.label === undefined ? link.url : `${link.label}: ${link.url}`)
  return [title, text, about].filter((part) => part !== undefined).join('\n')
}

/** In one order, so that the same message is the same text. */
export function siteColumn({ title, text, link, type, data }: SiteView): string {
  return JSON.stringify({ title, text, link: link && { url: link.url, label: link.label }, type, data })
}

/** A column, for comparing: who sends the same again may name the same in another order. */
export const inOneOrder = (column: string): string =>
  JSON.stringify(JSON.parse(column), (_, value: unknown) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )

/** As a message's row holds it. */
export const siteParts = (site: SiteView) => ({
  author: siteId,
  text: wholeText(site),
  site: siteColumn(site),
})

export const siteIn = (column: string): SiteView => JSON.parse(column) as SiteView
