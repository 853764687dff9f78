/** <chatter-widget> in Svelte 5: `import type {} from 'chatter-widget/svelte'`. */
import type { HTMLAttributes } from 'svelte/elements'
import type {
  ChatterAttributes,
  ChatterEventMap,
  ChatterListeners,
  ChatterProperties,
  ChatterWidget,
} from './element.js'

/** As Svelte 4 listens. */
type Directives = {
  [Name in keyof ChatterEventMap as `on:${Name}`]?: ((event: ChatterEventMap[Name]) => void) | undefined
}

declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'chatter-widget': HTMLAttributes<ChatterWidget> &
      ChatterAttributes &
      ChatterProperties &
      ChatterListeners &
      Directives
  }
}
