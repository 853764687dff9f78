import { css } from 'lit'

export const completionStyles = css`
  /* It lies over the log. */
  .completion-place {
    position: relative;
  }
  .completions {
    position: absolute;
    inset-block-end: 2px;
    inset-inline: calc(var(--_space) * 3.5);
    z-index: 2;
    max-inline-size: 340px;
    display: flex;
    flex-direction: column;
    max-block-size: min(280px, var(--_space-over, 280px));
    padding: 5px;
    overflow: hidden;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: calc(var(--chatter-radius-control, 10px) + 4px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
    animation: rise var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .completion-list {
    margin: 0;
    padding: 0;
    overflow-y: auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    list-style: none;
  }
  .completion {
    display: flex;
    gap: calc(var(--_space) * 2.5);
    align-items: center;
    min-block-size: 38px;
    padding: calc(var(--_space) * 0.5) calc(var(--_space) * 2);
    border-radius: var(--chatter-radius-control, 10px);
    cursor: pointer;
  }
  .completion .lines {
    min-inline-size: 0;
  }
  .completion .lines > * {
    display: block;
  }
  .completion-name,
  .completion .lines > * {
    min-inline-size: 0;
    overflow: hidden;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .completion .avatar {
    flex: none;
  }
  .completion .hint {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
  }
  .completion-emoji {
    inline-size: 30px;
    font-size: 1.4em;
    line-height: 1;
    text-align: center;
  }
  .completion.at {
    background: var(--_hover);
    outline: 1px solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: -1px;
  }
  .completions .why {
    margin: 0;
    padding: 6px 8px;
    color: var(--chatter-danger, var(--_danger));
  }
  @media (hover: hover) {
    .completion:not(.at):hover {
      background: var(--_hover);
    }
  }
  @media (pointer: coarse) {
    .completion {
      min-block-size: 44px;
    }
  }
  @media (forced-colors: active) {
    .completion.at {
      outline: 2px solid Highlight;
    }
  }
`
