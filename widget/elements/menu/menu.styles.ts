import { css } from 'lit'

/** Menus, sheets and questions, whatever they are about. */
export const menuStyles = css`
  .icon.dots {
    stroke-width: 3;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  .action-menu {
    position: fixed;
    inset: auto;
    box-sizing: border-box;
    min-inline-size: 190px;
    max-inline-size: calc(100vw - 16px);
    max-block-size: calc(100vh - 16px);
    margin: 0;
    padding: 5px;
    overflow: auto;
    color: inherit;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: calc(var(--chatter-radius-control, 10px) + 4px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .action-item {
    display: flex;
    align-items: center;
    gap: 11px;
    inline-size: 100%;
    min-block-size: 34px;
    padding: 5px 9px;
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .action-item .icon {
    inline-size: max(18px, 1.2em);
    block-size: max(18px, 1.2em);
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .action-item > span:not(.avatar) {
    flex: 1;
  }
  .action-item kbd {
    padding-inline-start: 18px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font: inherit;
    font-size: 0.8em;
  }
  /* After one of several comes something else. */
  [role='menuitemradio'] + [role='menuitemcheckbox'] {
    position: relative;
    margin-block-start: 9px;
  }
  [role='menuitemradio'] + [role='menuitemcheckbox']::before {
    position: absolute;
    inset-block-start: -5px;
    inset-inline: 9px;
    border-block-start: 1px solid var(--chatter-divider, var(--_divider));
    content: '';
  }
  .action-item:focus {
    background: var(--_hover);
    outline: none;
  }
  .action-item:focus-visible {
    outline: var(--chatter-focus-ring-width, 2px) solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: -2px;
  }
  .action-item.delete,
  .action-item.delete .icon {
    color: var(--chatter-danger, var(--_danger));
  }
  .dialog {
    box-sizing: border-box;
    padding: 20px;
    color: inherit;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius, 14px);
    box-shadow: var(--chatter-shadow, var(--_shadow));
  }
  .dialog::backdrop {
    background: rgb(10 14 28 / 40%);
    animation: appear 0.15s;
  }
  .confirm {
    inline-size: min(360px, calc(100vw - 32px));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .confirm p {
    margin: 0;
    overflow-wrap: anywhere;
  }
  .confirm .title {
    font-weight: 650;
  }
  .confirm .hint {
    margin-block-start: 4px;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .confirm .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
    margin-block-start: 18px;
  }
  .confirm .danger {
    color: var(--chatter-surface, var(--_surface));
    font-weight: 600;
    background: var(--chatter-danger, var(--_danger));
    border-color: transparent;
  }
  /* From the edge of the screen, where the thumb is. */
  .sheet {
    inline-size: min(560px, 100vw);
    max-inline-size: none;
    max-block-size: 85vh;
    margin: auto auto 0;
    padding: 10px 10px calc(10px + var(--chatter-safe-area, env(safe-area-inset-bottom, 0px)));
    border-width: 1px 0 0;
    border-end-start-radius: 0;
    border-end-end-radius: 0;
    animation: slide-up var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .sheet:focus {
    outline: none;
  }
  .sheet .action-item {
    min-block-size: 48px;
    padding-inline: 14px;
  }
  .sheet kbd {
    display: none;
  }
  @keyframes slide-up {
    from {
      translate: 0 100%;
    }
  }
  @media (pointer: coarse) {
    .action-item,
    .confirm .button {
      min-block-size: 44px;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .dialog::backdrop {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .action-item:focus {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
  }
`
