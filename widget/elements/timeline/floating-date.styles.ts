import { css } from 'lit'

export const floatingDateStyles = css`
  .floating-date {
    position: absolute;
    inset-block-start: 8px;
    inset-inline: 0;
    inline-size: fit-content;
    margin-inline: auto;
    padding: 3px 10px;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: 12px;
    font-size: 0.8em;
    font-weight: 550;
    pointer-events: none;
    visibility: hidden;
    opacity: 0;
    transition:
      opacity var(--chatter-duration, 180ms),
      visibility var(--chatter-duration, 180ms);
  }
  .floating-date.on {
    visibility: visible;
    opacity: 1;
  }
`
