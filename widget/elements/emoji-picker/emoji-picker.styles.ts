import { css } from 'lit'

export const emojiPickerStyles = css`
  .emoji-picker {
    position: absolute;
    inset-block-end: 100%;
    inset-inline: 8px;
    z-index: 2;
    display: flex;
    flex-direction: column;
    max-inline-size: 400px;
    block-size: min(330px, var(--_space-over, 330px));
    margin-inline-start: auto;
    overflow: hidden;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
    animation: rise var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .emoji-bar {
    display: flex;
    flex: none;
    gap: 6px;
    align-items: center;
    padding: 8px 8px 4px;
  }
  .emoji-search {
    flex: 1;
    min-inline-size: 0;
    block-size: var(--chatter-control-size, 36px);
    padding: 0 10px;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .emoji-search:focus-visible {
    outline-offset: -1px;
  }
  .emoji-groups {
    display: flex;
    flex: none;
    justify-content: space-between;
    padding: 0 8px 4px;
    overflow-x: auto;
    scrollbar-width: none;
  }
  .emoji-group,
  .emoji-one {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 34px;
    block-size: 34px;
    padding: 0;
    font-family: var(--_font-emoji);
    font-size: 1.2em;
    line-height: 1;
    background: none;
    border: 0;
    border-radius: 8px;
  }
  .emoji-groups .emoji-group {
    filter: grayscale(0.6);
  }
  .emoji-group[aria-pressed='true'] {
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 16%, transparent);
    filter: none;
  }
  .emoji-scroll {
    display: grid;
    flex: 1;
    grid-template-columns: repeat(auto-fill, minmax(38px, 1fr));
    align-content: start;
    justify-items: center;
    min-block-size: 0;
    padding: 2px 6px 8px;
    overflow-y: auto;
    overscroll-behavior: contain;
  }
  .emoji-one {
    inline-size: 38px;
    block-size: 38px;
    font-size: 1.55em;
  }
  .emoji-one:focus-visible,
  .emoji-group:focus-visible {
    outline-offset: -2px;
  }
  .emoji-none {
    grid-column: 1 / -1;
    margin: 24px 12px;
    color: var(--chatter-text-muted, var(--_text-muted));
    text-align: center;
  }
  @media (hover: hover) {
    .emoji-one:hover,
    .emoji-group:hover {
      background: color-mix(in oklab, var(--chatter-text, var(--_text)) 9%, transparent);
    }
  }
  @media (pointer: coarse) {
    .emoji-scroll {
      grid-template-columns: repeat(auto-fill, minmax(44px, 1fr));
    }
    .emoji-one,
    .emoji-group {
      inline-size: 44px;
      block-size: 44px;
    }
    /* Where not all of them have room, those that are cut off look so. */
    .emoji-groups {
      --_end: right;
      padding-inline-end: 28px;
      mask-image: linear-gradient(to var(--_end), #000 calc(100% - 28px), transparent);
    }
    .emoji-groups:dir(rtl) {
      --_end: left;
    }
  }
`
