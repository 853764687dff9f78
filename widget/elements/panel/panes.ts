/** The panel's pane: what it shows has a name, so that there may be more of them without the panel knowing each. */
import type { ReactiveControllerHost } from 'lit'

export type PaneName = 'rooms' | 'people' | 'directory'

export interface Pane {
  render(): unknown
  /** Where a keyboard user wants to be. */
  focus(): void
  /** Another one takes its place. */
  leave(): void
}

/** Answers a pane, loaded if need be: a new one, or one that keeps its place. */
type Makers = { readonly [N in PaneName]: () => Pane | Promise<Pane> }

export class Panes {
  readonly #host: ReactiveControllerHost
  readonly #makers: Makers
  #name: PaneName = 'rooms'
  #pane: Pane
  #asked = 0

  constructor(host: ReactiveControllerHost, first: Pane, makers: Omit<Makers, 'rooms'>) {
    this.#host = host
    this.#pane = first
    this.#makers = { ...makers, rooms: () => first }
  }

  get name(): PaneName {
    return this.#name
  }

  get shown(): Pane {
    return this.#pane
  }

  /**
   * Resolves when the pane is drawn, or another one was asked for meanwhile. Rejects when it could not be loaded: then the one
   * before stays.
   */
  async show(name: PaneName): Promise<void> {
    const ask = ++this.#asked
    const pane = await this.#makers[name]()
    if (ask !== this.#asked) return pane.leave()
    this.#pane.leave()
    this.#name = name
    this.#pane = pane
    this.#host.requestUpdate()
    await this.#host.updateComplete
  }
}
