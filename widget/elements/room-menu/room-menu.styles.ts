import { css } from 'lit'

export const roomMenuStyles = css`
  .room-filters {
    display: flex;
    flex: none;
    gap: 4px;
    /* Rings of the focus are within. */
    padding-block: 3px calc(var(--_space) * 2);
    padding-inline: calc(var(--_space) * 3) 0;
    margin-block-start: -3px;
    overflow-x: auto;
    scrollbar-width: none;
    /* Where they go on beyond an edge they fade there. At their ends they lie beside that. */
    mask-image: linear-gradient(to right, transparent, #000 calc(var(--_space) * 3) calc(100% - var(--_space) * 3), transparent);
  }
  /* A padding there is none in WebKit, from right to left. */
  .room-filters::after {
    flex: none;
    inline-size: calc(var(--_space) * 3 - 4px);
    content: '';
  }
  .icon-button.busy {
    color: var(--chatter-danger, var(--_danger));
  }
  .room-filter {
    flex: none;
    min-block-size: 28px;
    padding: 2px 8px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.867em;
    font-weight: 550;
    background: none;
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: 2em;
  }
  .room-filter:focus-visible {
    outline-offset: -2px;
  }
  .room-filter[aria-pressed='true'] {
    color: var(--chatter-accent-text, var(--_accent-text));
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border-color: var(--_edge);
  }
  .room-why {
    flex: none;
    margin: 0 calc(var(--_space) * 4) calc(var(--_space) * 2);
    color: var(--chatter-danger, var(--_danger));
    font-size: 0.867em;
  }
  .room-sign {
    flex: none;
    line-height: 0;
  }
  .room-sign .icon {
    inline-size: max(14px, 0.933em);
    block-size: max(14px, 0.933em);
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .room-list > li {
    position: relative;
  }
  .room-more-place {
    position: absolute;
    inset-block-start: calc(50% - 2px);
    inset-inline-end: 6px;
  }
  .room-more {
    display: grid;
    place-items: center;
    inline-size: 28px;
    block-size: 24px;
    padding: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: calc(var(--chatter-radius-control, 10px) - 3px);
  }
  .room-more .icon {
    inline-size: 17px;
    block-size: 17px;
  }
  /* What it lies over gives way. */
  li:has(.room-more) .line + .line {
    padding-inline-end: 32px;
  }
  .opens {
    flex: none !important;
    inline-size: 7px;
    block-size: 7px;
    border: solid currentColor;
    border-width: 2px 2px 0 0;
    rotate: 45deg;
  }
  .opens:dir(rtl) {
    rotate: -135deg;
  }
  @media (hover: hover) {
    .room-more:hover {
      color: var(--chatter-text, var(--_text));
    }
    .room-filter:not([aria-pressed='true']):hover {
      background: var(--_hover);
    }
  }
  @media (pointer: coarse) {
    .room {
      -webkit-touch-callout: none;
      -webkit-user-select: none;
      user-select: none;
    }
    .room-filter {
      min-block-size: 44px;
      padding-inline: 10px;
      border-radius: 22px;
    }
    .room-more {
      inline-size: 44px;
      block-size: 44px;
    }
  }
  @media (forced-colors: active) {
    .room-filter[aria-pressed='true'] {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`
