// A whole client of Chatter in one file, without the widget: the smallest that loses nothing and doubles nothing.
// The wire it speaks is described in docs/protocol.md.

const user = new URLSearchParams(location.search).get('user')
const element = (id) => document.getElementById(id)

const rooms = new Map() // id → RoomView
const messages = new Map() // id → MessageView, of the open room
const outbox = new Map() // message id → { roomId, text }, until the server has answered
let users = {} // id → UserView
let openRoomId = ''
let known = 0 // the last number of the open room up to which nothing is missing
let socket
let attempts = 0

async function token() {
  const response = await fetch(`chatter-token?user=${encodeURIComponent(user)}`)
  if (!response.ok) throw new Error(await response.text())
  return response.text()
}

async function get(path) {
  const response = await fetch(`v1/${path}`, { headers: { authorization: `Bearer ${await token()}` } })
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`)
  return response.json()
}

async function connect() {
  element('state').value = 'Connecting…'
  const url = new URL('v1/socket', location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  const signedToken = await token()
  socket = new WebSocket(url, 'chatter.v1')
  // The first frame says who we are; the token never stands in a URL, which would end up in logs.
  socket.onopen = () => send({ t: 'hello', id: 'hello', client: 'plain/1', token: signedToken })
  socket.onmessage = ({ data }) => take(JSON.parse(data))
  // 4500–4999 mean: do not come back.
  socket.onclose = ({ code, reason }) => {
    if (code >= 4500) element('state').value = `Closed: ${reason}`
    else comeBack()
  }
}

// Later and later, up to 15 s, and not all clients at the same moment.
function comeBack() {
  element('state').value = 'Offline. What you send now is sent when the connection is back.'
  setTimeout(
    () => connect().catch(comeBack),
    Math.min(15_000, 500 * 2 ** attempts++) * (0.5 + Math.random() / 2),
  )
}

const send = (frame) => socket.readyState === WebSocket.OPEN && socket.send(JSON.stringify(frame))

// The server takes a message once, however often it is sent: its id, which we chose, is its name.
function resend() {
  for (const [messageId, { roomId, text }] of outbox)
    send({ t: 'send', id: messageId, roomId, messageId, text })
}

// Read is what somebody could see.
function tellRead(roomId, seq) {
  if (document.visibilityState === 'visible') send({ t: 'read', id: 'read', roomId, seq })
}

const frames = {
  async ready(frame) {
    attempts = 0
    element('state').value = `You are ${frame.me.name}.`
    remember(frame)
    showRooms()
    // Whatever happened while we were away is in the newest page. A bigger client asks for `changes` since `known`.
    if (openRoomId) await load()
    resend()
  },
  ok: ({ message }) => message && receive(message),
  err({ id, temporary, retryAfter = 1, detail }) {
    if (temporary) setTimeout(resend, retryAfter * 1000)
    else outbox.delete(id)
    element('state').value = detail
    showMessages()
  },
  message({ message, user: author, prev = message.rev - 1 }) {
    users[author.id] = author
    const room = rooms.get(message.roomId)
    if (room) Object.assign(room, { lastMessage: message, lastAt: message.createdAt })
    if (room && message.authorId !== user && message.roomId !== openRoomId) room.me.unread++
    // A number was skipped, so a message was lost on the way: the page has it.
    const isGap = message.roomId === openRoomId && prev > known
    receive(message)
    if (isGap) return load()
    if (message.roomId === openRoomId) known = Math.max(known, message.rev)
  },
  room(frame) {
    remember({
      rooms: [{ me: rooms.get(frame.room.id)?.me ?? { unread: 0 }, ...frame.room }],
      users: frame.users,
    })
    showRooms()
  },
  mine({ roomId, ...me }) {
    if (rooms.has(roomId)) rooms.get(roomId).me = me
    showRooms()
  },
}

// Unknown frames are from a newer server, and none of ours.
const take = (frame) => frames[frame.t]?.(frame)?.catch?.(fail)
const fail = (error) => (element('state').value = error.message)

function remember(answer) {
  users = { ...users, ...answer.users }
  for (const room of answer.rooms ?? []) rooms.set(room.id, room)
}

function receive(message) {
  outbox.delete(message.id)
  const old = messages.get(message.id)
  if (message.roomId === openRoomId && (!old || old.rev <= message.rev)) messages.set(message.id, message)
  showRooms()
  showMessages()
  if (message.roomId === openRoomId) tellRead(openRoomId, message.seq)
}

async function load(before = '') {
  const roomId = openRoomId
  const page = await get(`rooms/${roomId}/messages?${before && `before=${before}`}`)
  if (roomId !== openRoomId) return
  remember(page)
  if (!before) known = Math.max(known, page.head)
  for (const message of page.messages) messages.set(message.id, message)
  element('older').hidden = !page.older
  showMessages()
  tellRead(roomId, page.head)
}

function choose(roomId) {
  openRoomId = roomId
  known = 0
  messages.clear()
  rooms.get(roomId).me.unread = 0
  element('form').hidden = false
  showRooms()
  showMessages()
  return load().catch(fail)
}

const nameOf = (id) => users[id]?.name ?? id
const ordered = () => [...messages.values()].sort((a, b) => a.seq - b.seq)

function titleOf({ name, members = [] }) {
  const others = members.filter((member) => member.userId !== user).map((member) => nameOf(member.userId))
  return name ?? (others.join(', ') || 'Notes to yourself')
}

function showRooms() {
  const latestFirst = [...rooms.values()].sort((a, b) => b.lastAt.localeCompare(a.lastAt))
  const buttons = latestFirst.map((room) => {
    const button = document.createElement('button')
    button.textContent = room.me.unread ? `${titleOf(room)} (${room.me.unread})` : titleOf(room)
    button.ariaCurrent = String(room.id === openRoomId)
    button.onclick = () => choose(room.id)
    return button
  })
  element('rooms').replaceChildren(...buttons)
}

function showMessages() {
  const list = element('messages')
  const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 50
  const waiting = [...outbox.values()].filter(({ roomId }) => roomId === openRoomId)
  const rows = [...ordered(), ...waiting].map(({ authorId = user, text, createdAt }) => {
    const row = document.createElement('li')
    // Text of others is only ever text.
    row.textContent = `${nameOf(authorId)}: ${text}`
    row.title = createdAt ? new Date(createdAt).toLocaleString() : 'not sent yet'
    row.classList.toggle('waiting', !createdAt)
    return row
  })
  list.replaceChildren(...rows)
  if (isAtEnd) list.scrollTop = list.scrollHeight
}

element('older').onclick = () => load(ordered()[0]?.seq).catch(fail)
element('form').onsubmit = (event) => {
  event.preventDefault()
  const text = element('text').value
  if (!text.trim()) return
  const messageId = crypto.randomUUID()
  outbox.set(messageId, { roomId: openRoomId, text })
  send({ t: 'send', id: messageId, roomId: openRoomId, messageId, text })
  element('text').value = ''
  showMessages()
}

for (const person of await (await fetch('people.json')).json()) {
  const link = document.createElement('a')
  link.href = `?user=${person.id}`
  link.textContent = person.name
  link.ariaCurrent = String(person.id === user)
  element('people').append(link, ' ')
}
if (user) connect().catch(comeBack)
