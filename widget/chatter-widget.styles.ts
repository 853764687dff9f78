/**
 * The box the chat lives in: nothing of the page leaks into it, and every default a token may override. Private names
 * (`--_x`) hold defaults only: every rule reads the public token itself, with the private one behind it, so a token
 * set on a part reaches what is inside that part. Sizes are px or em: the page's `html { font-size }` is none of ours.
 */
import { css } from 'lit'

export const widgetStyles = css`
  :host {
    display: block;
  }
  /* No name or message makes it wider: where the page leaves the width to the widget, it is this one. */
  :host(:not([mode='launcher'])) {
    contain: inline-size;
    contain-intrinsic-inline-size: 400px;
    min-inline-size: 0;
    block-size: var(--chatter-panel-height, 640px);
  }
  :host([mode='launcher']) {
    display: contents;
  }
  :host([hidden]) {
    display: none;
  }

  .base {
    all: initial;
    visibility: inherit;
    display: block;
    block-size: 100%;
    /* The page's. Where it has none, the reader's own. */
    color-scheme: inherit;
    color: var(--chatter-text, var(--_text));
    font: var(--chatter-font-size, 15px) / var(--chatter-line-height, 1.45)
      var(--chatter-font, system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif);
    text-align: start;
    text-size-adjust: 100%;
    -webkit-font-smoothing: antialiased;
    -webkit-tap-highlight-color: transparent;

    --_accent: light-dark(#3d5be6, #4a64e6);
    /* Of an accent its hue is kept and its luminance (y) is moved as far as contrast needs it, by WCAG 2.2's measure. */
    /* What a screen can show of it. */
    --_shown: rgb(from var(--chatter-accent, var(--_accent)) clamp(0, r, 255) clamp(0, g, 255) clamp(0, b, 255) / 1);
    /* Black or white, whichever is legible on it: at a luminance of 0.179 both have a contrast of 4.58. */
    --_accent-text: color(
      from var(--_shown) xyz clamp(0, (0.179 - y) * 9999, 0.9505) clamp(0, (0.179 - y) * 9999, 1)
        clamp(0, (0.179 - y) * 9999, 1.089)
    );
    /* As text, and as a ring: 4.5 on each of our surfaces and bubbles. */
    --_text-link: light-dark(
      color(
        from var(--_shown) xyz
          calc(x * min(1, 0.155 / y))
          calc(y * min(1, 0.155 / y))
          calc(z * min(1, 0.155 / y))
      ),
      color(
        from var(--_shown) xyz
          calc(x + max(0, (0.36 - y) / max(1 - y, 0.001)) * (0.9505 - x))
          calc(y + max(0, (0.36 - y) / max(1 - y, 0.001)) * (1 - y))
          calc(z + max(0, (0.36 - y) / max(1 - y, 0.001)) * (1.089 - z))
      )
    );
    --_surface: light-dark(#fff, #16181d);
    --_text: light-dark(#171a21, #e8eaf0);
    --_text-muted: light-dark(#5c6370, #9ba2b0);
    --_border: light-dark(#e0e3e9, #2e323b);
    --_shadow: 0 1px 2px rgb(10 14 28 / 6%), 0 12px 40px -8px rgb(10 14 28 / 22%);
    --_shadow-launcher: 0 2px 6px rgb(10 14 28 / 16%), 0 8px 24px -4px rgb(10 14 28 / 28%);
    --_easing: cubic-bezier(0.2, 0.8, 0.2, 1);
  }
  :host(:state(schemeless)) .base {
    color-scheme: light dark;
  }
  :host([theme='light']) .base {
    color-scheme: light;
  }
  :host([theme='dark']) .base {
    color-scheme: dark;
  }
  .base *,
  .base *::before,
  .base *::after {
    box-sizing: border-box;
  }

  :focus-visible {
    outline: var(--chatter-focus-ring-width, 2px) solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: 2px;
  }
  .panel {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    overflow: hidden;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius, 14px);
    /* It has the focus only so that keys are heard. */
    outline: none;
  }
  /* What the frame draws by itself while the panel is not there, and the panel too. */
  .icon {
    flex: none;
    inline-size: 20px;
    block-size: 20px;
  }
  button,
  input,
  textarea {
    margin: 0;
    font: inherit;
    letter-spacing: inherit;
    color: inherit;
    appearance: none;
  }
  .icon-button {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: var(--chatter-control-size, 36px);
    block-size: var(--chatter-control-size, 36px);
    padding: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .button {
    min-block-size: var(--chatter-control-size, 36px);
    padding: 6px 14px;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .empty {
    display: flex;
    flex: 1;
    flex-direction: column;
    align-items: center;
    justify-content: center;
    padding: 32px 24px;
    text-align: center;
  }
  .empty .title {
    margin: 0;
    font-weight: 650;
  }
  .empty .hint {
    margin: 4px 0 0;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .empty .button {
    min-block-size: 44px;
    margin-block-start: 16px;
  }
  .panel > .icon-button {
    min-inline-size: 44px;
    min-block-size: 44px;
    align-self: flex-end;
    margin: 8px;
  }
  .spinner {
    inline-size: 20px;
    block-size: 20px;
    margin: auto;
    border: 2px solid var(--chatter-border, var(--_border));
    border-block-start-color: var(--_text-link);
    border-radius: 50%;
    animation: turn 0.7s linear infinite, late 0.2s 0.2s backwards;
  }
  @keyframes turn {
    to {
      rotate: 1turn;
    }
  }
  @keyframes late {
    from {
      opacity: 0;
    }
  }

  /* An icon the page gives takes the size of the one it replaces. */
  ::slotted(svg) {
    inline-size: 20px;
    block-size: 20px;
  }
  @media (prefers-reduced-motion: reduce) {
    .base *,
    .base *::before,
    .base *::after {
      animation-duration: 0.01ms !important;
      animation-iteration-count: 1 !important;
      transition: none !important;
      scroll-behavior: auto !important;
    }
  }
`
