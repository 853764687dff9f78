import { css } from 'lit'

export const messageActionsStyles = css`
  /* Only the message that the bar is on is positioned, see message.styles.ts. */
  .message.acted-on {
    position: relative;
    z-index: 1;
  }
  /* Over it, as over all others. */
  .jump {
    z-index: 2;
  }
  .has-code-copy {
    position: relative;
  }
  .action-place,
  .code-copy-place {
    position: absolute;
  }
  .code-copy {
    display: grid;
    place-items: center;
    inline-size: 28px;
    block-size: 26px;
    padding: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: calc(var(--chatter-radius-control, 10px) - 3px);
  }
  .code-copy .icon {
    inline-size: 15px;
    block-size: 15px;
  }
  .action-bar {
    display: flex;
    gap: 1px;
    padding: 2px;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
    box-shadow: 0 2px 10px -2px rgb(10 14 28 / 18%);
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .action-bar button {
    display: grid;
    place-items: center;
    inline-size: 28px;
    block-size: 26px;
    padding: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: none;
    border: 0;
    border-radius: calc(var(--chatter-radius-control, 10px) - 3px);
  }
  .action-bar .icon {
    inline-size: 17px;
    block-size: 17px;
  }
  .icon.dots {
    stroke-width: 3;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  .action-menu {
    position: fixed;
    inset: auto;
    box-sizing: border-box;
    min-inline-size: 190px;
    max-inline-size: calc(100vw - 16px);
    max-block-size: calc(100vh - 16px);
    margin: 0;
    padding: 5px;
    overflow: auto;
    color: inherit;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: calc(var(--chatter-radius-control, 10px) + 4px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .quick {
    display: flex;
    justify-content: space-between;
    gap: 2px;
  }
  .action-menu:not(.quick-menu) .quick,
  .sheet .quick {
    padding-block-end: 5px;
    margin-block-end: 5px;
    border-block-end: 1px solid var(--chatter-divider, var(--_divider));
  }
  .quick-menu {
    min-inline-size: 0;
    border-radius: 24px;
  }
  .quick-reaction {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 36px;
    block-size: 36px;
    padding: 0;
    font-family: var(--_font-emoji);
    font-size: 1.34em;
    line-height: 1;
    background: none;
    border: 0;
    border-radius: 50%;
    transition: scale var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .quick-reaction[aria-checked='true'] {
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 18%, transparent);
  }
  .reactors {
    margin: 2px 6px 10px;
    padding: 0;
    list-style: none;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .action-item {
    display: flex;
    align-items: center;
    gap: 11px;
    inline-size: 100%;
    min-block-size: 34px;
    padding: 5px 9px;
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .action-item .icon {
    inline-size: 18px;
    block-size: 18px;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .action-item > span:not(.avatar) {
    flex: 1;
  }
  .action-item kbd {
    padding-inline-start: 18px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font: inherit;
    font-size: 0.8em;
  }
  .action-item:focus {
    background: var(--_hover);
    outline: none;
  }
  .action-item:focus-visible {
    outline: var(--chatter-focus-ring-width, 2px) solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: -2px;
  }
  .action-item.delete,
  .action-item.delete .icon {
    color: var(--chatter-danger, var(--_danger));
  }
  .dialog {
    box-sizing: border-box;
    padding: 20px;
    color: inherit;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius, 14px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
  }
  .dialog::backdrop {
    background: rgb(10 14 28 / 40%);
    animation: appear 0.15s;
  }
  .confirm {
    inline-size: min(360px, calc(100vw - 32px));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .confirm p {
    margin: 0;
  }
  .confirm .title {
    font-weight: 650;
  }
  .confirm .hint {
    margin-block-start: 4px;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .confirm .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    margin-block-start: 18px;
  }
  .confirm .danger {
    color: var(--chatter-surface, var(--_surface));
    font-weight: 600;
    background: var(--chatter-danger, var(--_danger));
    border-color: transparent;
  }
  .forward[open] {
    display: flex;
    flex-direction: column;
    gap: 10px;
    inline-size: min(360px, calc(100vw - 32px));
    max-block-size: min(520px, calc(100dvh - 32px));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .forward p {
    margin: 0;
  }
  .forward .title {
    font-weight: 650;
  }
  .forward .hint {
    padding: 12px;
    color: var(--chatter-text-muted, var(--_text-muted));
    text-align: center;
  }
  .forward-search {
    flex: none;
    block-size: 40px;
    padding: 0 12px;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .forward-rooms {
    flex: 1;
    min-block-size: 120px;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .forward-room {
    min-block-size: 48px;
    text-align: start;
  }
  .forward-room .avatar {
    flex: none;
    --_size: 32px;
  }
  .forward-name {
    min-inline-size: 0;
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  .forward .buttons {
    display: flex;
    justify-content: flex-end;
  }
  /* From the edge of the screen, where the thumb is. */
  .sheet {
    inline-size: min(560px, 100vw);
    max-inline-size: none;
    max-block-size: 85vh;
    margin: auto auto 0;
    padding: 10px 10px calc(10px + var(--chatter-safe-area, env(safe-area-inset-bottom, 0px)));
    border-width: 1px 0 0;
    border-end-start-radius: 0;
    border-end-end-radius: 0;
    animation: slide-up var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .sheet .action-item {
    min-block-size: 48px;
    padding-inline: 14px;
  }
  .sheet kbd {
    display: none;
  }
  @keyframes slide-up {
    from {
      translate: 0 100%;
    }
  }
  .context {
    display: flex;
    align-items: center;
    gap: 10px;
    inline-size: 100%;
    min-inline-size: 0;
    padding-inline: 12px 0;
    color: var(--chatter-text-link, var(--_text-link));
    border-inline-start: 3px solid currentColor;
    border-radius: 2px;
  }
  .context .icon {
    inline-size: 18px;
    block-size: 18px;
  }
  .context .said {
    flex: 1;
    min-inline-size: 0;
    font-size: 0.867em;
    line-height: 1.35;
  }
  .context .title {
    font-weight: 600;
  }
  .context .title,
  .context .original {
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  .context .original {
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  @media (hover: hover) {
    .quick-reaction:hover {
      scale: 1.2;
    }
    .code-copy:hover {
      color: var(--chatter-text, var(--_text));
    }
    .action-bar button:hover {
      color: var(--chatter-text, var(--_text));
      background: var(--_hover);
    }
  }
  @media (pointer: coarse) {
    /* A finger that stays on a message opens its sheet, and selects nothing. */
    .message [part='bubble'] {
      -webkit-touch-callout: none;
      -webkit-user-select: none;
      user-select: none;
    }
    .message [part='link'] {
      -webkit-user-select: auto;
      user-select: auto;
    }
    .code-copy,
    .action-bar button {
      inline-size: 44px;
      block-size: 44px;
    }
    .action-bar .icon {
      inline-size: 20px;
      block-size: 20px;
    }
    /* Seven of them on the narrowest phone. */
    .quick-reaction {
      flex: 0 1 48px;
      min-inline-size: 0;
      block-size: 48px;
      font-size: 1.7em;
    }
    .action-item,
    .confirm .button {
      min-block-size: 44px;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .dialog::backdrop {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .action-item:focus {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`
