import { css } from 'lit'

export const composerStyles = css`
  .composer {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    align-items: flex-end;
    gap: calc(var(--_space) * 2);
    margin: 0;
    padding: calc(var(--_space) * 1) calc(var(--_space) * 3.5) calc(var(--_space) * 3.5);
  }
  /* What it says is loaded later. */
  .writing-closed {
    flex: none;
    min-block-size: 44px;
    margin: 0;
    padding: calc(var(--_space) * 2) calc(var(--_space) * 3.5) calc(var(--_space) * 3);
    border-block-start: 1px solid var(--chatter-divider, var(--_divider));
  }
  .field {
    position: relative;
    display: flex;
    flex: 1;
    align-items: flex-end;
    min-inline-size: 0;
    background: var(--chatter-surface-sunken, light-dark(#f7f8fa, #1d2027));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: min(22px, var(--chatter-radius-bubble, 22px));
  }
  .field:has(textarea:focus-visible) {
    border-color: var(--chatter-focus-ring, var(--_text-link));
    box-shadow: 0 0 0 calc(var(--chatter-focus-ring-width, 2px) - 1px) var(--chatter-focus-ring, var(--_text-link));
  }
  .composer-input {
    display: block;
    flex: 1;
    min-inline-size: 0;
    /* Six lines, where they leave room to read. */
    max-block-size: min(calc(6 * 1.4em + 20px), 40dvh);
    padding: 10px 0 10px;
    padding-inline: 15px 4px;
    overflow-y: auto;
    line-height: 1.4;
    field-sizing: content;
    resize: none;
    background: none;
    border: 0;
    scrollbar-width: thin;
  }
  .composer-input:focus-visible {
    outline: none;
  }
  /* The picker lies over the log. */
  .emoji-place {
    position: relative;
  }
  .field .icon-button {
    inline-size: 34px;
    block-size: 42px;
  }
  .send {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 34px;
    block-size: 34px;
    margin: 4px;
    padding: 0;
    color: var(--chatter-accent-text, var(--_accent-text));
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border: 1px solid var(--_edge);
    border-radius: 50%;
    /* Its colour changes at once: each frame of a fade would hold up the keys that made it. */
    transition: scale var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .send[aria-disabled='true'] {
    color: var(--chatter-text-muted, var(--_text-muted));
    background: none;
    border-color: transparent;
    box-shadow: none;
    cursor: default;
  }
  .send:not([aria-disabled='true']):active {
    scale: 0.92;
  }
  .left {
    inline-size: 100%;
    margin: 0;
    padding-inline: 15px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    text-align: end;
  }
  .left.over {
    color: var(--chatter-danger, var(--_danger));
  }
  /* A line of its own, whatever it is. */
  ::slotted([slot='composer-footer']) {
    box-sizing: border-box;
    flex: none;
    inline-size: 100%;
    margin-block: 0;
    padding-inline: 15px;
  }
  @media (pointer: coarse) {
    .send {
      inline-size: 44px;
      block-size: 44px;
      margin: 0;
      /* To touch it is as high as the field. To see it is smaller, or it would cover the field's border. */
      padding: 4px;
      background-clip: content-box;
    }
  }
  /* Its edge is around what is seen of it. Where colours are forced there are no shadows. */
  @media (pointer: coarse) and (forced-colors: none) {
    .send {
      padding: 0;
      background-clip: padding-box;
      border: 5px solid transparent;
      box-shadow: inset 0 0 0 1px var(--_edge);
    }
  }
`
