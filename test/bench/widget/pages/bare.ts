/** No chat at all: a list of divs, for what the browser itself takes. */
import type { Said } from '../contender.ts'

const list = document.createElement('div')
const input = document.createElement('textarea')

window.contender = {
  mount(box, messages) {
    box.style.cssText = 'display: flex; flex-direction: column'
    list.style.cssText = 'flex: 1; overflow: auto; min-block-size: 0'
    list.append(...messages.map(row))
    box.append(list, input)
    toEnd()
    input.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return
      event.preventDefault()
      list.append(row({ id: '', mine: true, author: 'me', text: input.value, at: '' }))
      input.value = ''
      toEnd()
    })
  },
  receive(message) {
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 64
    list.append(row(message))
    if (isAtEnd) toEnd()
  },
  prepend: (messages) => list.prepend(...messages.map(row)),
  scroller: () => list,
  input: () => input,
  first: () => textOf(list.firstElementChild),
  last: () => textOf(list.lastElementChild),
}

function row({ author, text, mine }: Said): HTMLElement {
  const made = document.createElement('div')
  const name = document.createElement('b')
  const body = document.createElement('p')
  name.textContent = author
  body.textContent = text
  made.style.textAlign = mine ? 'end' : 'start'
  made.append(name, body)
  return made
}

function textOf(element: Element | null): string | undefined {
  return element?.querySelector('p')?.textContent ?? undefined
}

function toEnd(): void {
  list.scrollTop = list.scrollHeight
}
