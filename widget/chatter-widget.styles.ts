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
  :host(:not([mode='launcher'])) {
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
    color-scheme: light dark;
    color: var(--chatter-text, var(--_text));
    font: var(--chatter-font-size, 15px) / var(--chatter-line-height, 1.45)
      var(--chatter-font, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif);
    text-align: start;
    text-size-adjust: 100%;
    -webkit-font-smoothing: antialiased;
    -webkit-tap-highlight-color: transparent;

    --_accent: light-dark(#3d5be6, #4a64e6);
    /* Black or white, whichever is legible on the accent: at a luminance of 0.18 both have a contrast of 4.5. */
    --_accent-text: color(
      from var(--chatter-accent, var(--_accent)) xyz-d65 clamp(0, (0.18 - y) * 9999, 0.9505) clamp(0, (0.18 - y) * 9999, 1)
        clamp(0, (0.18 - y) * 9999, 1.089)
    );
    /* The accent as text on a surface: as it is where it is dark (or light) enough. */
    --_text-link: light-dark(
      oklch(from var(--chatter-accent, #3d5be6) min(l, 0.52) c h),
      oklch(from var(--chatter-accent, #8fa2ff) max(l, 0.76) c h)
    );
    --_surface: light-dark(#ffffff, #16181d);
    --_surface-raised: light-dark(#ffffff, #1f222a);
    --_surface-sunken: light-dark(#f7f8fa, #111317);
    --_text: light-dark(#171a21, #e8eaf0);
    --_text-muted: light-dark(#5c6370, #9ba2b0);
    --_border: light-dark(#e0e3e9, #2e323b);
    --_divider: light-dark(#eceef2, #23262e);
    --_bubble-other: light-dark(#f0f2f5, #252932);
    --_danger: light-dark(#c62f3d, #ff8087);
    --_success: light-dark(#1f9d55, #3ecf7a);
    --_warning: light-dark(#8a5a00, #f2c14e);
    --_unread: light-dark(#d92d3f, #e0485a);
    --_hover: light-dark(rgb(23 26 33 / 5%), rgb(255 255 255 / 6%));
    --_shadow: 0 1px 2px rgb(10 14 28 / 6%), 0 12px 40px -8px rgb(10 14 28 / 22%);
    --_shadow-launcher: 0 2px 6px rgb(10 14 28 / 16%), 0 8px 24px -4px rgb(10 14 28 / 28%);
    --_density: 1;
    --_space: calc(var(--chatter-space, 4px) * var(--chatter-density, var(--_density)));
    --_easing: cubic-bezier(0.2, 0.8, 0.2, 1);
  }
  :host([theme='light']) .base {
    color-scheme: light;
  }
  :host([theme='dark']) .base {
    color-scheme: dark;
  }
  :host([density='compact']) .base {
    --_density: 0.75;
  }
  :host([density='comfortable']) .base {
    --_density: 1.25;
  }
  .base *,
  .base *::before,
  .base *::after {
    box-sizing: border-box;
  }

  .panel {
    display: flex;
    flex-direction: column;
    block-size: 100%;
    min-block-size: 0;
    overflow: hidden;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius, 14px);
  }
  :focus-visible {
    outline: var(--chatter-focus-ring-width, 2px) solid var(--chatter-focus-ring, var(--chatter-accent, var(--_text-link)));
    outline-offset: 2px;
  }
  .spinner {
    inline-size: 20px;
    block-size: 20px;
    margin: auto;
    border: 2px solid var(--chatter-border, var(--_border));
    border-block-start-color: var(--chatter-accent, var(--_accent));
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
