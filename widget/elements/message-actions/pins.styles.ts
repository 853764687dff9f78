import { css } from 'lit'

export const pinsStyles = css`
  .pin-bar {
    display: flex;
    flex: none;
    align-items: center;
    gap: var(--_space);
    min-block-size: 44px;
    padding-inline: calc(var(--_space) * 1.5) calc(var(--_space) * 2);
    background: var(--chatter-surface, var(--_surface));
    border-block-end: 1px solid var(--chatter-divider, var(--_divider));
  }
  .pin-bar-message {
    display: flex;
    flex: 1;
    align-items: center;
    gap: 10px;
    min-inline-size: 0;
    min-block-size: 36px;
    padding: 4px calc(var(--_space) * 2);
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .pin-bar .icon,
  .pin-item .icon {
    flex: none;
    inline-size: 17px;
    block-size: 17px;
    color: var(--chatter-text-link, var(--_text-link));
  }
  .pin-item .icon {
    color: inherit;
  }
  .pin-bar-line {
    display: flex;
    flex: 1;
    gap: 0.35em;
    min-inline-size: 0;
    font-size: 0.9em;
  }
  /* Each in a direction of its own. */
  .pin-bar-line > * {
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  /* On the side where the others begin, whatever its own direction. */
  .pin-text {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  [part='pin-bar-author'] {
    flex: none;
    max-inline-size: 50%;
    font-weight: 600;
  }
  [part='pin-bar-text'] {
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .pins-button {
    min-inline-size: 32px;
    block-size: 32px;
    padding: 0 10px;
    color: var(--chatter-text-link, var(--_text-link));
    font-size: 0.867em;
    font-weight: 600;
    background: var(--_hover);
    border: 0;
    border-radius: 16px;
  }
  .pins {
    flex-direction: column;
    inline-size: min(460px, calc(100vw - 24px));
    max-block-size: min(640px, 80vh);
    padding: 8px;
    overflow: hidden;
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .pins[open] {
    display: flex;
  }
  .pins-header {
    display: flex;
    flex: none;
    align-items: center;
    padding-inline-start: 10px;
  }
  .pins-title {
    flex: 1;
    margin: 0;
    font-size: 1.067em;
    font-weight: 650;
  }
  .pins ul {
    margin: 4px 0 0;
    padding: 2px;
    overflow: auto;
    list-style: none;
  }
  .pin-item {
    display: flex;
    align-items: center;
    gap: 4px;
  }
  .pin-item > button:first-child {
    flex: 1;
    min-inline-size: 0;
    padding: 8px;
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .pin-head {
    display: flex;
    gap: 8px;
    align-items: baseline;
    justify-content: space-between;
  }
  .pin-head bdi {
    overflow: hidden;
    font-weight: 600;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  .pin-head time {
    flex: none;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
  }
  .pin-text {
    display: -webkit-box;
    overflow: hidden;
    overflow-wrap: anywhere;
    color: var(--chatter-text-muted, var(--_text-muted));
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 3;
  }
  @media (hover: hover) {
    .pin-bar-message:hover,
    .pin-item > button:first-child:hover {
      background: var(--_hover);
    }
  }
  @media (pointer: coarse) {
    .pin-bar {
      min-block-size: 52px;
    }
    .pin-bar-message,
    .pins-button {
      min-block-size: 44px;
    }
    .pins-button {
      min-inline-size: 44px;
      border-radius: 22px;
    }
  }
`
