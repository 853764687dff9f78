/**
 * <chatter-widget> in the JSX of React 18, which sets attributes only: `import type {} from 'chatter-widget/react-18'`. Properties
 * and listeners go through a ref.
 */
import type { DetailedHTMLProps, HTMLAttributes } from 'react'
import type { ChatterAttributes, ChatterWidget } from './element.js'

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chatter-widget': DetailedHTMLProps<HTMLAttributes<ChatterWidget>, ChatterWidget> &
        ChatterAttributes & { class?: string }
    }
  }
}
