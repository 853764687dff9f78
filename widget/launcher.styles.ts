import { css } from 'lit'

export const launcherStyles = css`
  .launcher-place,
  dialog.panel {
    position: fixed;
    z-index: var(--chatter-z-index, 2147483000);
    inset: auto;
    inset-block-end: calc(var(--chatter-offset-y, 20px) + var(--chatter-safe-area, env(safe-area-inset-bottom, 0px)));
    inset-inline-end: calc(var(--chatter-offset-x, 20px) + env(safe-area-inset-right, 0px));
  }
  :host([placement='bottom-start']) :is(.launcher-place, dialog) {
    inset-inline: calc(var(--chatter-offset-x, 20px) + env(safe-area-inset-left, 0px)) auto;
  }
  .launcher {
    all: unset;
    position: relative;
    box-sizing: border-box;
    display: grid;
    place-items: center;
    inline-size: var(--chatter-launcher-size, 56px);
    block-size: var(--chatter-launcher-size, 56px);
    color: var(--chatter-accent-text, var(--_accent-text));
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border: 1px solid transparent;
    border-radius: 50%;
    box-shadow: var(--chatter-shadow-launcher, var(--_shadow-launcher));
    cursor: pointer;
    transition: scale var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  @media (hover: hover) {
    .launcher:hover {
      scale: 1.04;
    }
  }
  .launcher:active {
    scale: 0.96;
  }
  .launcher:focus-visible {
    outline-offset: 3px;
  }
  .launcher-icon {
    display: grid;
    place-items: center;
  }
  .launcher-icon svg {
    grid-area: 1 / 1;
    inline-size: 32px;
    block-size: 32px;
    transition: opacity var(--chatter-duration, 180ms), rotate var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .launcher-place:not(.is-open) .down,
  .is-open .chat {
    opacity: 0;
    rotate: -45deg;
  }
  .launcher-badge {
    position: absolute;
    inset-block-start: -3px;
    inset-inline-end: -3px;
    min-inline-size: 21px;
    block-size: 21px;
    padding-inline: 5px;
    color: #fff;
    font-size: 12px;
    font-weight: 650;
    line-height: 21px;
    text-align: center;
    font-variant-numeric: tabular-nums;
    background: var(--chatter-unread, light-dark(#d92d3f, #c93346));
    border-radius: 11px;
    box-shadow: 0 0 0 2px var(--chatter-surface, var(--_surface));
    animation: pop var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  @keyframes pop {
    from {
      scale: 0.4;
      opacity: 0;
    }
  }

  /* Above the button. */
  dialog.panel {
    margin: 0 0 calc(var(--chatter-launcher-size, 56px) + 14px);
    padding: 0;
    color: inherit;
    inline-size: min(var(--chatter-panel-width, 400px), 100vw - 2 * var(--chatter-offset-x, 20px));
    block-size: min(
      var(--chatter-panel-height, 640px),
      100dvh - 2 * var(--chatter-offset-y, 20px) - var(--chatter-launcher-size, 56px) - 14px
    );
    box-shadow: var(--chatter-shadow, var(--_shadow));
    animation: rise var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 12px;
      scale: 0.985;
    }
  }

  /* On a phone the panel is the screen, however it is held. */
  @media (max-width: 480px), (max-height: 480px) {
    dialog.panel {
      margin: 0;
      inset: 0 !important;
      inline-size: auto;
      block-size: 100dvh;
      padding-block: env(safe-area-inset-top, 0px) var(--chatter-safe-area, env(safe-area-inset-bottom, 0px));
      padding-inline: env(safe-area-inset-left, 0px) env(safe-area-inset-right, 0px);
      border: 0;
      border-radius: 0;
      box-shadow: none;
    }
    .launcher-place.is-open {
      display: none;
    }
  }
  @media print {
    .launcher-place,
    dialog.panel {
      display: none;
    }
  }
`
