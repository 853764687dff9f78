import { css } from 'lit'

export const placeholderStyles = css`
  .empty {
    min-block-size: 0;
    margin-block: auto;
    text-wrap: balance;
    animation: late var(--chatter-duration, 180ms) backwards;
  }
  /* What the page puts in its place stands in the middle, too. */
  ::slotted([slot='signed-out']),
  ::slotted([slot$='-empty']) {
    box-sizing: border-box;
    max-inline-size: 100%;
    margin: auto;
    padding: 24px;
    text-align: center;
    text-wrap: balance;
  }
  .empty .hint {
    max-inline-size: 30em;
    font-size: 0.933em;
  }
  .empty .title {
    font-size: 1.067em;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  .emblem {
    display: grid;
    place-items: center;
    inline-size: 56px;
    block-size: 56px;
    margin-block-end: 16px;
    color: var(--chatter-text-link, var(--_text-link));
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 10%, var(--chatter-surface, var(--_surface)));
    border-radius: min(18px, 2 * var(--chatter-radius, 14px));
  }
  .emblem .icon {
    inline-size: 26px;
    block-size: 26px;
  }
  .error {
    display: flex;
    flex-direction: column;
    align-items: center;
    gap: 8px;
    margin: auto;
    padding: calc(var(--_space) * 4);
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.933em;
    text-align: center;
  }
  .error p {
    margin: 0;
  }

  .skeletons {
    display: flex;
    flex: 1;
    flex-direction: column;
    gap: 10px;
    justify-content: flex-end;
    padding-block: 8px;
    /* What is here within 200 ms shows no shapes at all (rule D45). */
    animation: late 0.2s 0.2s backwards;
  }
  .skeleton {
    flex: none;
    align-self: flex-start;
    inline-size: 46%;
    block-size: 38px;
    background: var(--chatter-bubble-other, var(--_bubble-other));
    border-radius: var(--chatter-radius-bubble, 18px);
    animation: breathe 1.6s infinite ease-in-out;
  }
  .skeleton.other {
    margin-inline-start: calc(var(--chatter-avatar-size, 30px) + 8px);
  }
  .skeleton.long {
    inline-size: 62%;
    block-size: 60px;
  }
  .skeleton.short {
    inline-size: 28%;
  }
  .skeleton.own {
    align-self: flex-end;
  }
  .rooms-loading {
    justify-content: flex-start;
    gap: 4px;
    padding-block: 2px;
  }
  .skeleton.room-shape {
    align-self: stretch;
    inline-size: auto;
    block-size: 58px;
    border-radius: var(--chatter-radius-control, 10px);
    opacity: 0.7;
  }
  .thread > slot > .skeletons {
    padding: 16px;
  }
  @keyframes breathe {
    50% {
      opacity: 0.45;
    }
  }
`
