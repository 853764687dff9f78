import type { Page, ResponseForRequest } from 'puppeteer-core'

/** Answers requests of a page in the place of their server; what `answer` does not know goes on to it. */
export async function answerRequests(
  page: Page,
  answer: (url: URL) => Partial<ResponseForRequest> | undefined,
): Promise<void> {
  await page.setRequestInterception(true)
  page.on('request', (request) => {
    const own = answer(new URL(request.url()))
    void (own ? request.respond(own) : request.continue())
  })
}
