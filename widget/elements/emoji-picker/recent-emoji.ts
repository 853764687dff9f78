import { type Tone, tones } from './emoji-data.ts'

const key = 'chatter emoji'
const most = 24

/** Which emoji this browser's user chose lately, and in which tone. Storage may be full, forbidden or changed by anybody. */
export class RecentEmoji {
  #emoji: readonly string[] = []
  #tone: Tone = 0

  constructor() {
    try {
      const saved: unknown = JSON.parse(localStorage.getItem(key) ?? '{}')
      const { emoji, tone } = (saved ?? {}) as { emoji?: unknown; tone?: unknown }
      if (Array.isArray(emoji))
        this.#emoji = emoji.filter((one) => typeof one === 'string' && one.length < 64).slice(0, most)
      this.#tone = tones.find((one) => one === tone) ?? 0
    } catch {}
  }

  /** The latest first. */
  get emoji(): readonly string[] {
    return this.#emoji
  }

  get tone(): Tone {
    return this.#tone
  }
  set tone(tone: Tone) {
    this.#tone = tone
    this.#save()
  }

  add(emoji: string): void {
    this.#emoji = [emoji, ...this.#emoji.filter((one) => one !== emoji)].slice(0, most)
    this.#save()
  }

  #save(): void {
    try {
      localStorage.setItem(key, JSON.stringify({ emoji: this.#emoji, tone: this.#tone }))
    } catch {}
  }
}
