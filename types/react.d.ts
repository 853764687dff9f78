/** <chatter-widget> in the JSX of React 19: `import type {} from 'chatter-widget/react'`. */
import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { ChatterAttributes, ChatterListeners, ChatterProperties, ChatterWidget } from './element.js'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chatter-widget': DetailedHTMLProps<HTMLAttributes<ChatterWidget>, ChatterWidget> &
        ChatterAttributes &
        ChatterProperties &
        ChatterListeners
    }
  }
}
