/** <chatter-widget> in the templates of Vue 3: `import type {} from 'chatter-widget/vue'`. */
import type { HTMLAttributes, ReservedProps } from 'vue'
import type { ChatterAttributes, ChatterEventMap, ChatterProperties, ChatterWidget } from './element.js'

type Camel<Name extends string> = Name extends `${infer Head}-${infer Tail}`
  ? `${Capitalize<Head>}${Camel<Tail>}`
  : Capitalize<Name>

/** `@chatter-message="…"`, and so on. */
type Listeners = {
  [Name in keyof ChatterEventMap as `on${Camel<Name>}`]?: (event: ChatterEventMap[Name]) => void
}

declare module 'vue' {
  interface GlobalComponents {
    'chatter-widget': new () => ChatterWidget & {
      $props: HTMLAttributes & ReservedProps & ChatterAttributes & ChatterProperties & Listeners
    }
  }
}
