import { css } from 'lit'

export const timelineStyles = css`
  .log-frame {
    position: relative;
    flex: 1;
    min-block-size: 0;
  }
  .log {
    block-size: 100%;
    /* Ours is the only anchor: two of them would correct each other. */
    overflow-anchor: none;
  }
  .log:focus-visible {
    outline-offset: -3px;
  }
  .rows {
    display: flex;
    flex-direction: column;
    justify-content: flex-end;
    min-block-size: 100%;
    padding: calc(var(--_space) * 4) calc(var(--_space) * 4)
      max(calc(var(--chatter-focus-ring-width, 2px) + 4px), var(--_space));
  }
  .rows > .spinner {
    position: absolute;
    inset: 12px 0 auto;
  }
  .day-separator,
  .unread-separator {
    flex: none;
    margin-block: calc(var(--_space) * 5) calc(var(--_space) * 1);
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    font-weight: 550;
    text-align: center;
  }
  .day-separator:first-child {
    margin-block-start: 0;
  }
  .unread-separator {
    display: flex;
    align-items: center;
    gap: 12px;
    color: var(--chatter-unread, var(--_danger));
  }
  .unread-separator::before,
  .unread-separator::after {
    flex: 1;
    block-size: 1px;
    content: '';
    background: currentColor;
    opacity: 0.35;
  }
  .jump {
    position: absolute;
    inset-block-end: 12px;
    inset-inline: 0;
    display: flex;
    align-items: center;
    gap: 6px;
    inline-size: fit-content;
    min-inline-size: 36px;
    block-size: max(36px, 2em);
    margin-inline: auto;
    padding: 0 8px;
    color: var(--chatter-text, var(--_text));
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: 2em;
    box-shadow: 0 2px 10px -2px rgb(10 14 28 / 18%);
    animation: rise var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  @media (pointer: coarse) {
    .jump {
      min-inline-size: 44px;
      block-size: 44px;
      border-radius: 22px;
    }
  }
  .jump .icon {
    inline-size: 18px;
    block-size: 18px;
  }
  .jump-badge {
    padding-inline-end: 6px;
    color: var(--chatter-text-link, var(--_text-link));
    font-size: 0.8em;
    font-weight: 600;
    font-variant-numeric: tabular-nums;
  }
  .typing {
    display: flex;
    flex: none;
    align-items: center;
    gap: 4px;
    block-size: max(20px, 1.6em);
    padding-inline: calc(var(--_space) * 5);
    overflow: hidden;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    white-space: nowrap;
  }
  .typing span {
    margin-inline-start: 4px;
  }
  .typing i {
    inline-size: 5px;
    block-size: 5px;
    background: currentColor;
    border-radius: 50%;
    animation: wave 1.2s infinite ease-in-out;
  }
  .typing i:nth-child(2) {
    animation-delay: 0.15s;
  }
  .typing i:nth-child(3) {
    animation-delay: 0.3s;
  }
  @keyframes wave {
    0%,
    60%,
    100% {
      opacity: 0.35;
    }
    30% {
      opacity: 1;
      translate: 0 -2px;
    }
  }
`
