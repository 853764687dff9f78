/** The tables of docs/protocol.md, read off the schemas that the server parses with. */
import * as v from 'valibot'
import { table as commandTable } from '../server/commands/table.ts'
import { httpProblems } from '../server/http/problem-answers.ts'
import { rates } from '../server/http/rate-limits.ts'
import { type CommandName, commands, frames, type Route } from '../server/protocol/commands.ts'
import { events } from '../server/protocol/events.ts'
import { limits, spans } from '../server/protocol/limits.ts'
import { closeCodes, comesBack, type ProblemCode, problemCodes } from '../server/protocol/problems.ts'
import * as views from '../server/protocol/views.ts'
import { permissions } from '../server/rules/permissions.ts'
import { type RequestProblemCode, requestProblems } from '../server/rules/preconditions.ts'
import { quotas } from '../server/rules/quotas.ts'
import { settingNamed } from '../server/rules/settings.ts'
import { table } from './table.ts'

type Schema = v.GenericSchema & {
  readonly type: string
  readonly wrapped?: Schema
  readonly item?: Schema
  readonly items?: readonly Schema[]
  readonly rest?: Schema
  readonly value?: Schema
  readonly literal?: unknown
  readonly options?: readonly string[]
  readonly pipe?: readonly [Schema, ...unknown[]]
  readonly entries?: Readonly<Record<string, Schema>>
}

const named = new Map<unknown, string>(
  Object.entries(views)
    .filter(([name]) => /^[A-Z]\w+(View|Me)$|^(Features|Limits|RoomMe|Changes)$/.test(name))
    .map(([name, schema]) => [schema, name]),
)

export function protocolTables(): Record<string, string> {
  const {
    MessageView,
    SystemView,
    SettingsView,
    ReplyView,
    ForwardView,
    PinView,
    MentionView,
    RoomMentionView,
    ReactionView,
    MessageMe,
    RoomView,
    RoomMe,
    ArrangementView,
    MemberView,
    UserView,
    Features,
    Limits,
    Page,
    Changes,
    RoomsPage,
    UsersPage,
  } = views
  return {
    'client frames': Object.entries(frames)
      .map(([name, { input, reply }]) => `${section(name, input)}\n\n${answerOf(input, reply)}`)
      .join('\n\n'),
    commands: commandsTable(),
    permissions: permissionsTable(),
    'server frames': sections(events),
    views: sections({
      MessageView,
      SystemView,
      SettingsView,
      ReplyView,
      ForwardView,
      PinView,
      MentionView,
      RoomMentionView,
      ReactionView,
      MessageMe,
      RoomView,
      RoomMe,
      ArrangementView,
      MemberView,
      UserView,
      PresenceView: views.PresenceView,
      Features,
      Limits,
    }),
    answers: sections({
      Page,
      Changes,
      Pins: views.Pins,
      RoomsPage,
      UsersPage,
      UserAnswer: views.UserAnswer,
      MembersPage: views.MembersPage,
      LinkView: views.LinkView,
      Links: views.Links,
      OpenRoomView: views.OpenRoomView,
      OpenRoomsPage: views.OpenRoomsPage,
      Me: views.Me,
    }),
    'open body': fields(commands.open.input),
    problems: table(
      ['code', 'HTTP', 'temporary', 'meaning'],
      Object.entries({ ...httpProblems, ...requestProblems }).map(([code, { status, title }]) => {
        const { temporary } = { ...problemCodes, ...requestProblems }[
          code as ProblemCode | RequestProblemCode
        ]
        return [`\`${code}\``, String(status), yes(temporary), title]
      }),
    ),
    'close codes': table(
      ['code', 'name', 'come back?'],
      Object.entries(closeCodes).map(([name, code]) => [String(code), words(name), yes(comesBack(code))]),
    ),
    rates: table(
      ['limit', 'at most', 'in'],
      Object.entries(rates).map(([name, { points, duration }]) => [
        `\`${name}\``,
        points.toLocaleString('en'),
        `${duration} s`,
      ]),
    ),
    quotas: table(
      ['limit', 'at most', 'in', ''],
      Object.values(quotas).map(({ limit, span }) => {
        const { default: most, about } = settingNamed(`limits.${limit}`)
        return [
          `\`${limit}\``,
          Number(most).toLocaleString('en'),
          span === 3_600_000 ? 'an hour' : 'a day',
          about,
        ]
      }),
    ),
    limits: table(
      ['name', 'value'],
      [...Object.entries(limits), ...Object.entries(spans)].map(([name, value]) => [
        `\`${name}\``,
        value.toLocaleString('en'),
      ]),
    ),
  }
}

function sections(schemas: Record<string, unknown>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => section(name, schema))
    .join('\n\n')
}

const section = (name: string, schema: unknown) => `#### \`${name}\`\n\n${fields(schema)}`

/** What a client frame is answered with. */
function answerOf(input: unknown, reply: unknown): string {
  if (!Object.hasOwn(entriesOf(input), 'id')) return 'Not answered.'
  if (reply === events.ready) return 'Answered with `ready`.'
  return `Answered with \`ok\`${replyFields(reply) && `: ${replyFields(reply)}`}.`
}

function replyFields(reply: unknown): string {
  const name = named.get(reply)
  if (name) return name
  if (reply === views.RoomAnswer) return 'RoomView with `users`'
  return Object.entries(entriesOf(reply))
    .map(([field, schema]) => `\`${field}\` ${typeOf(schema)}`)
    .join(', ')
}

function commandsTable(): string {
  const rows = (Object.keys(commands) as CommandName[]).map((name) => {
    const { budget, everyMs, feature } = commandTable[name]
    const row = commands[name]
    const { reply } = row
    const route: Route | undefined = 'http' in row ? row.http : undefined
    const shown: unknown = route?.shows === undefined ? reply : entriesOf(reply)[route.shows]
    return [
      `\`${name}\``,
      Object.hasOwn(frames, name) ? 'yes' : '',
      route ? `\`${route.method} /v1${route.path}\`` : '',
      replyFields(shown),
      budget
        ? `\`${budget}\`: ${rates[budget].points} in ${rates[budget].duration} s`
        : everyMs
          ? `one in ${Math.ceil(everyMs / 1000)} s for each room`
          : '',
      feature ? `\`${feature}\`` : '',
    ]
  })
  return table(['command', 'frame', 'HTTP', 'answer', 'rate limit', 'feature'], rows)
}

/** For each kind of person whether they may. An owner is a member, and so is an author. */
function permissionsTable(): string {
  const rows = Object.values(permissions).map((permission) => {
    const { who, what } = permission
    const only = 'in' in permission ? ` (${permission.in.join(', ')} only)` : ''
    const may = (...ones: string[]) => yes(ones.includes(who))
    return [
      `${what}${only}`,
      may('anybody'),
      may('anybody', 'member'),
      may('anybody', 'member', 'owner'),
      may('anybody', 'member', 'author'),
    ]
  })
  return table(['', 'no member', 'member', 'owner', 'member who wrote it'], rows)
}

const entriesOf = (schema: unknown) => (schema as Schema).entries ?? {}

function fields(schema: unknown): string {
  const rows = Object.entries(entriesOf(schema)).map(([name, field]) => {
    const isOptional = field.type === 'exact_optional'
    const inner = isOptional && field.wrapped ? field.wrapped : field
    return [`\`${name}${isOptional ? '?' : ''}\``, typeOf(inner), v.getDescription(inner) ?? '']
  })
  return table(['field', 'type', ''], rows)
}

function typeOf(schema: Schema): string {
  const name = named.get(schema)
  if (name) return name
  const [base] = schema.pipe ?? []
  const title = v.getTitle(schema)
  if (title) return title
  if (base && base !== schema) return typeOf(base)
  const { type, item, items, value, options, literal } = schema
  if (type === 'array' && item) return `[${typeOf(item)}]`
  if (type === 'tuple' && items) return `[${items.map(typeOf).join(', ')}]`
  if (type === 'record' && value) return `{id: ${typeOf(value)}}`
  if (type === 'picklist' && options) return options.map((option) => `\`${option}\``).join(' ')
  if (type === 'literal') return `\`${String(literal)}\``
  return wordOf(schema)
}

function wordOf({ type, wrapped, items, rest }: Schema): string {
  if (items && rest) return `[${[...items, rest].map(typeOf).join(', ')}?]`
  if (type === 'nullable' && wrapped) return `${typeOf(wrapped)} or \`null\``
  return type === 'unknown' ? 'any' : type
}

const yes = (is: boolean) => (is ? 'yes' : 'no')
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
