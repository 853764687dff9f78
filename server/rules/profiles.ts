import { limits } from '../protocol/limits.ts'
import { parse } from '../protocol/parse.ts'
import { Problem } from '../protocol/problems.ts'
import { UserId } from '../protocol/views.ts'
import type { Profile } from '../store/store.ts'

/** @throws Problem `unauthorized` when a user id is missing or impossible */
export function toProfile({
  id,
  name,
  avatarUrl,
}: {
  id: unknown
  name?: unknown
  avatarUrl?: unknown
}): Profile {
  const shownName = cleanName(name)
  const shownUrl = cleanUrl(avatarUrl)
  try {
    return {
      id: parse(UserId, id),
      ...(shownName !== undefined && { name: shownName }),
      ...(shownUrl !== undefined && { avatarUrl: shownUrl }),
    }
  } catch (error) {
    throw new Problem('unauthorized', `user id: ${(error as Error).message}`)
  }
}

/** A host's strange name must not lock its user out: it is cleaned instead of refused. */
function cleanName(name: unknown): string | undefined {
  if (typeof name !== 'string') return undefined
  const clean = name
    .toWellFormed()
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, limits.nameChars)
    .toWellFormed()
  return clean === '' ? undefined : clean
}

function cleanUrl(url: unknown): string | undefined {
  if (typeof url !== 'string' || url.length > 2000 || !/^(https?:\/\/|\/(?!\/))/.test(url)) return undefined
  return url.toWellFormed()
}
