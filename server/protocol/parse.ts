import * as v from 'valibot'
import { expectation } from './expected.ts'
import { type FieldProblem, Problem } from './problems.ts'

const shownErrors = 10
/** What an issue says whose schema has no words of its own. */
const noWords = ''

/**
 * The typed value of an input that fits the schema, without the fields the schema does not know.
 * @throws Problem `too_large` when something is only too long, else `bad_request`, with what was expected where
 */
export function parse<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input, { abortPipeEarly: true, message: noWords })
  if (result.success) return result.output
  const errors: FieldProblem[] = result.issues.slice(0, shownErrors).map((issue) => ({
    path: v.getDotPath(issue) ?? '',
    detail: issue.message === noWords ? expectation(schema, issue) : issue.message,
  }))
  const isTooLong = result.issues.every(({ type }) => type === 'max_length' || type === 'max_bytes')
  const detail = errors.map(({ path, detail: text }) => (path ? `${path}: ${text}` : text)).join('; ')
  throw new Problem(isTooLong ? 'too_large' : 'bad_request', detail, { errors })
}
