import { expect } from '@open-wc/testing'
import { Problem } from '../../server/protocol/problems.ts'
import { aFilledRoom, anOpenRoom, aServer, type Page } from './a-widget.ts'
import type { LiveServer } from './live-server.ts'

async function aChat(server: LiveServer): Promise<Page> {
  server.features = { ...server.features, presence: true }
  const page = await anOpenRoom(server, aFilledRoom(server, 3))
  await page.soon('[part=presence-button]')
  return page
}

const items = (page: Page) => page.all('[part=menu-item]')
const chosen = (page: Page) =>
  items(page)
    .filter((item) => item.getAttribute('aria-checked') === 'true')
    .map(({ textContent }) => textContent?.trim())
const label = (page: Page) => page.one('[part=presence-button]').getAttribute('aria-label')

async function choose(page: Page, at: number): Promise<void> {
  page.one('[part=presence-button]').click()
  await page.soon('[part=menu]')
  items(page)[at]?.click()
}

describe('presence', () => {
  const at = aServer()

  it('is shown to whom the reader wants, on each device of theirs', async () => {
    const page = await aChat(at.server)
    expect(label(page)).to.equal('How others see you: Everybody sees when I am here')
    page.one('[part=presence-button]').click()
    await page.soon('[part=menu]')
    expect(chosen(page)).to.deep.equal(['Everybody sees when I am here'])
    await page.isAccessible()
    items(page)[1]?.click()
    await page.until(() => at.server.presenceOf('ana').show === 'contacts', 'the server knows')
    await page.until(() => label(page)?.includes('People I chat with'), 'it is shown')
    at.server.send('ana', { t: 'myPresence', show: 'off', doNotDisturb: false })
    await page.until(() => label(page)?.includes('Nobody sees'), 'changed on another device')
  })

  it('says that the reader does not want to be disturbed, until they take that back', async () => {
    const page = await aChat(at.server)
    await choose(page, 3)
    await page.until(() => at.server.presenceOf('ana').doNotDisturb, 'the server knows')
    await page.until(() => label(page) === 'How others see you: Do not disturb', 'it is shown')
    page.one('[part=presence-button]').click()
    await page.soon('[part=menu]')
    expect(chosen(page)).to.deep.equal(['Everybody sees when I am here', 'Do not disturb'])
    items(page)[3]?.click()
    await page.until(() => !at.server.presenceOf('ana').doNotDisturb, 'taken back')
  })

  it('looks otherwise where nobody sees the reader, or where they are not to be disturbed, and says both', async () => {
    const page = await aChat(at.server)
    const looks = () => {
      const button = page.one('[part=presence-button]')
      return `${button.querySelector('path')?.getAttribute('d')} ${getComputedStyle(button).color}`
    }
    const usual = looks()
    at.server.send('ana', { t: 'myPresence', show: 'off', doNotDisturb: false })
    await page.until(() => label(page)?.includes('Nobody sees'), 'nobody sees me')
    const unseen = looks()
    at.server.send('ana', { t: 'myPresence', show: 'everybody', doNotDisturb: true })
    await page.until(() => label(page)?.includes('disturb'), 'not to be disturbed')
    const busy = looks()
    expect(new Set([usual, unseen, busy]).size).to.equal(3)
    at.server.send('ana', { t: 'myPresence', show: 'off', doNotDisturb: true })
    await page.until(() => label(page)?.includes('Nobody sees'), 'both')
    expect(label(page)).to.equal(
      'How others see you: Do not disturb · Nobody sees when I am here, and I see nobody',
    )
    await page.isAccessible()
  })

  it('says why it was not changed, and is as it was', async () => {
    const page = await aChat(at.server)
    at.server.refusePresence = new Problem('forbidden', 'not here')
    await choose(page, 2)
    const why = await page.soon('.room-why')
    expect(why.textContent).to.contain('That did not work.')
    expect(label(page)).to.contain('Everybody')
  })

  it('shows who does not want to be disturbed beside their picture, in the header and in their card', async () => {
    const page = await aChat(at.server)
    at.server.send('ana', { t: 'presence', userId: 'sam', online: true, doNotDisturb: true })
    await page.until(() => page.find('.room .avatar.busy'), 'in the list')
    expect(page.one('[part=header-subtitle]').textContent).to.equal('Do not disturb')
    page.one('[part=info-button]').click()
    const info = await page.soon('[part=info]')
    expect(info.querySelector('.info-seen')?.textContent).to.equal('Do not disturb')
    await page.isAccessible()
    at.server.send('ana', { t: 'presence', userId: 'sam', online: true })
    await page.until(() => !page.find('.busy'), 'no more')
    expect(page.one('[part=header-subtitle]').textContent).to.equal('Online')
  })

  it('is no matter where the site shows none', async () => {
    const page = await anOpenRoom(at.server, aFilledRoom(at.server, 3))
    page.one('.room').dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
    await page.until(() => {
      page
        .one('.room')
        .dispatchEvent(new PointerEvent('pointerover', { bubbles: true, pointerType: 'mouse' }))
      return page.find('[part=room-more]')
    }, 'the menus are loaded')
    expect(page.find('[part=presence-button]')).to.equal(null)
  })
})
