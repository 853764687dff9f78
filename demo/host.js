// What a real site has nothing of: the strip that lets you be somebody else. And two things that one might have:
// buttons that open a conversation, and the number of unread messages in the title.

const form = document.getElementById('demo')
const address = new URL(location.href)
const user = address.searchParams.get('user') ?? 'mina'
const widget = document.querySelector('chatter-widget')
const partner = user === 'sam' ? 'mina' : 'sam'
const title = document.title

for (const button of document.querySelectorAll('[data-direct]')) {
  button.hidden = button.dataset.direct === user
  button.addEventListener('click', () => widget.openDirect(button.dataset.direct))
}

widget.addEventListener('chatter-unread-change', ({ total }) => {
  document.title = total ? `(${total}) ${title}` : title
})

// `&open=sam` in the address: the page opens with that conversation.
const opened = address.searchParams.get('open')
if (opened) customElements.whenDefined('chatter-widget').then(() => widget.openDirect(opened))

function applyScheme() {
  const scheme = document.documentElement.dataset.scheme
  widget.setAttribute('theme', scheme)
}

// The look, the light and the direction change in place; another person is another page.
form.addEventListener('change', ({ target: { name, value } }) => {
  address.searchParams.set(name, value)
  if (name === 'user') return location.assign(address)
  if (name === 'dir') document.documentElement.dir = value
  else document.documentElement.dataset[name] = value
  applyScheme()
  history.replaceState(null, '', address)
})

document.getElementById('second').addEventListener('click', () => {
  const other = new URL(address)
  other.searchParams.set('user', partner)
  other.searchParams.set('open', user)
  const width = Math.min(640, Math.round(screen.availWidth / 2))
  const left = screen.availWidth - width
  open(other, `chatter-${user}`, `popup,left=${left},top=0,width=${width},height=${screen.availHeight}`)
})

for (const { id, name, role } of await (await fetch('people.json')).json()) {
  const option = new Option(name, id, id === user, id === user)
  option.title = role
  form.elements.user.append(option)
}
for (const [name, value] of address.searchParams) {
  const field = form.elements.namedItem(name)
  if (field) field.value = value
}
applyScheme()
