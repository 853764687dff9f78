import { css } from 'lit'

export const guestFormStyles = css`
  .guest {
    display: flex;
    flex-direction: column;
    align-items: center;
    box-sizing: border-box;
    inline-size: 100%;
    max-inline-size: 24em;
    margin: auto;
    padding: 24px;
    text-align: center;
    text-wrap: balance;
  }
  .guest .title {
    margin: 0;
    font-size: 1.067em;
    font-weight: 600;
  }
  .guest .hint {
    margin-block: 4px 16px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.933em;
  }
  .guest label {
    align-self: stretch;
    margin-block-end: 4px;
    font-size: 0.867em;
    font-weight: 550;
    text-align: start;
  }
  .guest-name {
    box-sizing: border-box;
    inline-size: 100%;
    min-block-size: max(40px, var(--chatter-control-size, 36px));
    padding: 0 12px;
    color: inherit;
    font: inherit;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .guest-name:focus-visible {
    outline: var(--chatter-focus-ring-width, 2px) solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: 1px;
  }
  .guest-why {
    align-self: stretch;
    margin-block: 6px 0;
    color: var(--chatter-danger, var(--_danger));
    font-size: 0.867em;
    text-align: start;
    overflow-wrap: anywhere;
  }
  .guest-why:empty {
    display: none;
  }
  .guest button {
    align-self: stretch;
    min-block-size: max(40px, var(--chatter-control-size, 36px));
    margin-block-start: 16px;
  }
`
