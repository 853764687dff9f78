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
  .done {
    position: absolute;
    inset-block-end: 12px;
    inset-inline: 0;
    z-index: 3;
    inline-size: fit-content;
    margin-inline: auto;
    padding: 6px 14px;
    color: var(--chatter-surface, var(--_surface));
    font-size: 0.867em;
    font-weight: 550;
    background: var(--chatter-text, var(--_text));
    border-radius: 2em;
    pointer-events: none;
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  /* They lead to somebody's card. */
  .message > .avatar,
  .message [part='author'] bdi,
  .mention,
  .seen-by li,
  .seen-by :is(.avatar, bdi),
  .system bdi {
    cursor: pointer;
  }
  @media (hover: hover) {
    :is([part='author'] bdi, .mention, .seen-by bdi, .system bdi):hover,
    .seen-by li:hover bdi {
      text-decoration: underline;
    }
    :is(.message > .avatar, .faces .avatar):hover {
      filter: brightness(0.92);
    }
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
  /* A finger needs lines that lie apart. */
  .reactors li {
    line-height: 2;
  }
  .reactor {
    padding-block: 0.4em;
    cursor: pointer;
  }
  .forward[open] {
    display: flex;
    flex-direction: column;
    gap: 10px;
    inline-size: min(360px, calc(100vw - 32px));
    max-block-size: min(520px, calc(100dvh - 32px));
    /* However few rooms are found, the field stays where somebody writes in it. */
    margin-block: max(16px, calc(50dvh - 260px)) auto;
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
  .forward .search {
    margin: 0;
  }
  .forward-rooms {
    /* From the height of what is in it, which WebKit takes for none at flex: 1. */
    flex: 1 1 auto;
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
  .forward .forward-people {
    padding: 8px 9px 4px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.867em;
    font-weight: 600;
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
  .writing-closed,
  .slow-mode {
    flex: none;
    margin: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.933em;
    text-align: center;
    unicode-bidi: plaintext;
  }
  .writing-closed {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
  }
  .writing-closed .icon {
    inline-size: 18px;
    block-size: 18px;
  }
  .slow-mode {
    padding: 0 calc(var(--_space) * 3.5) 2px;
    font-size: 0.8em;
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
    text-align: -webkit-match-parent;
    text-align: match-parent;
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
  }
`
