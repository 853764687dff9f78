import { css } from 'lit'
import { avatarStyles } from '../avatar.styles.ts'
import { composerStyles } from '../composer/composer.styles.ts'
import { placeholderStyles } from '../placeholder.styles.ts'
import { roomListStyles } from '../room-list/room-list.styles.ts'
import { messageStyles } from '../timeline/message.styles.ts'
import { timelineStyles } from '../timeline/timeline.styles.ts'

const paneStyles = css`
  /* The defaults that only the panel needs; all others stand in chatter-widget.styles.ts. */
  .base {
    /* Where an emoji stands alone: some fonts for text have it in black and white. */
    --_font-emoji: 'Apple Color Emoji', 'Segoe UI Emoji', 'Noto Color Emoji', sans-serif;
    --_font: var(--chatter-font, system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif);
    --_density: 1;
    --_space: calc(var(--chatter-space, 4px) * var(--chatter-density, var(--_density)));
    /* As the edge of a box: 3. The accent itself, where it has that. */
    --_edge: light-dark(
      color(
        from var(--_shown) xyz
          calc(x * min(1, 0.27 / max(y, 0.001)))
          calc(y * min(1, 0.27 / max(y, 0.001)))
          calc(z * min(1, 0.27 / max(y, 0.001)))
      ),
      color(
        from var(--_shown) xyz
          calc(x + max(0, (0.155 - y) / max(1 - y, 0.001)) * (0.9505 - x))
          calc(y + max(0, (0.155 - y) / max(1 - y, 0.001)) * (1 - y))
          calc(z + max(0, (0.155 - y) / max(1 - y, 0.001)) * (1.089 - z))
      )
    );
    --_surface-sunken: light-dark(#f7f8fa, #111317);
    --_divider: light-dark(#eceef2, #23262e);
    --_bubble-other: light-dark(#f0f2f5, #252932);
    --_danger: light-dark(#c62f3d, #ff8087);
    --_success: light-dark(#1f9d55, #3ecf7a);
    --_warning: light-dark(#8a5a00, #f2c14e);
    --_hover: light-dark(rgb(23 26 33 / 5%), rgb(255 255 255 / 6%));
  }
  :host([density='compact']) .base {
    --_density: 0.75;
  }
  :host([density='comfortable']) .base {
    --_density: 1.25;
  }
  :host {
    /* The panel's, so that what lies over it belongs to it; ours is lighter in the dark. What it lets through stands on ours: nothing shines through. */
    --_surface-raised: light-dark(
      rgb(from var(--chatter-surface, #fff) calc(255 + (r - 255) * alpha) calc(255 + (g - 255) * alpha) calc(255 + (b - 255) * alpha) / 1),
      rgb(from var(--chatter-surface, #1f222a) calc(31 + (r - 31) * alpha) calc(31 + (g - 31) * alpha) calc(31 + (b - 31) * alpha) / 1)
    );
  }
  .panel {
    /* Whatever the page says: a text can be copied. */
    -webkit-user-select: text;
    user-select: text;
  }
  /* In percent, which no zoom of the page makes larger than the window. */
  .panel:popover-open {
    max-inline-size: calc(100% - 2 * var(--chatter-offset-x, 20px));
    max-block-size: calc(100% - 2 * var(--chatter-offset-y, 20px) - var(--chatter-launcher-size, 56px) - 14px);
  }
  .panel:modal {
    max-inline-size: 100%;
    max-block-size: 100%;
  }
  .panes {
    display: flex;
    flex: 1;
    min-block-size: 0;
  }
  .sidebar {
    display: flex;
    flex: 0 0 var(--chatter-sidebar-width, 300px);
    flex-direction: column;
    min-inline-size: 0;
    background: var(--chatter-surface-sunken, var(--_surface-sunken));
    border-inline-end: 1px solid var(--chatter-divider, var(--_divider));
  }
  :host(:state(narrow)) .sidebar {
    flex: 1;
    background: var(--chatter-surface, var(--_surface));
    border: 0;
  }
  .bar,
  .header {
    display: flex;
    flex: none;
    align-items: center;
    gap: calc(var(--_space) * 2.5);
    min-block-size: 60px;
    padding: calc(var(--_space) * 2) calc(var(--_space) * 3.5);
  }
  .header {
    border-block-end: 1px solid var(--chatter-divider, var(--_divider));
  }
  .bar-title,
  .header-title {
    margin: 0;
    font-size: 1.067em;
    font-weight: 650;
    line-height: 1.4;
    letter-spacing: -0.01em;
  }
  .bar-title {
    flex: 1;
    /* In two lines where one is too short for it. */
    max-block-size: 2.8em;
    min-inline-size: 0;
    padding-inline-start: calc(var(--_space) * 0.5);
    overflow: hidden;
    font-size: 1.2em;
    overflow-wrap: anywhere;
    text-wrap: balance;
  }
  .bar > .icon-button + .icon-button {
    margin-inline-start: calc(var(--_space) * -2);
  }
  /* The buttons stay at the end, whatever the page puts for the title. */
  ::slotted([slot='sidebar-header']) {
    flex: 1;
    min-inline-size: 0;
    margin: 0;
  }
  .header-title:focus {
    outline: none;
  }
  .header-text {
    flex: 1;
    min-inline-size: 0;
  }
  /* Over picture and name. */
  .header-text:has(.info-button) {
    position: relative;
  }
  .info-button {
    position: absolute;
    inset: -8px;
    inset-inline-start: calc(-12px - var(--chatter-avatar-size, 30px) * 1.1);
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  @media (pointer: coarse) {
    .info-button {
      inset-block: -12px;
    }
  }
  .header-subtitle {
    margin: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
  }
  .header-actions {
    display: flex;
    flex: none;
    align-items: center;
    margin-inline-start: auto;
  }
  .thread,
  .alone {
    position: relative;
    display: flex;
    flex: 1;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
    background: var(--chatter-surface, var(--_surface));
  }
  /* Cut where it ends, which is where its own direction says. */
  .header-title,
  .header-subtitle,
  .room-name,
  .by bdi,
  .what,
  .chip bdi,
  .person bdi,
  .typing span {
    /* Letters may reach over the place where they begin, and marks over the line. */
    margin: -0.35em -2px;
    padding: 0.35em 2px;
    overflow: hidden;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  /* A name that is cut would begin beyond the edge where it runs the other way: the last ones are left out whole. */
  :is(.header-title, .room-name, .member .name, .forward-name) .listed {
    display: inline-block;
    /* Beside the first of them there is room to say that there are more. */
    max-inline-size: calc(100% - 1.2em);
    margin: -0.35em -2px;
    padding: 0.35em 2px;
    overflow: hidden;
    text-overflow: ellipsis;
    vertical-align: bottom;
  }
  .log,
  .room-scroll,
  .people-scroll {
    overflow: hidden auto;
    scrollbar-width: thin;
    scrollbar-color: var(--chatter-border, var(--_border)) transparent;
  }
  /* In the flow of the page the wheel goes on there. */
  :host([mode='launcher']) :is(.log, .room-scroll, .people-scroll) {
    overscroll-behavior: contain;
  }
  .mirrored:dir(rtl) {
    scale: -1 1;
  }

  /* Where Firefox finds out the direction of a line by itself, it puts what stands in an empty field beside it. */
  :placeholder-shown {
    unicode-bidi: normal;
  }
  button {
    cursor: pointer;
  }
  .button {
    font-size: 0.933em;
    font-weight: 550;
  }
  /* As far as the buttons have room for it. */
  .icon-button > .icon {
    inline-size: clamp(20px, 1.333em, 28px);
    block-size: clamp(20px, 1.333em, 28px);
  }
  .button,
  .icon-button {
    transition: background var(--chatter-duration, 180ms);
  }
  .header > .icon-button,
  .picker .icon-button:first-child {
    margin-inline-start: calc(var(--_space) * -1.5);
  }
  .button.primary {
    color: var(--chatter-accent-text, var(--_accent-text));
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border-color: var(--_edge);
  }
  .link-button {
    padding: 0;
    color: inherit;
    font-weight: 600;
    text-decoration: underline;
    text-underline-offset: 2px;
    background: none;
    border: 0;
  }

  .banner {
    display: flex;
    flex: none;
    align-items: center;
    gap: 8px;
    padding: 7px calc(var(--_space) * 4);
    color: var(--chatter-warning, var(--_warning));
    font-size: 0.8em;
    background: color-mix(in oklab, var(--chatter-warning, var(--_warning)) 11%, var(--chatter-surface, var(--_surface)));
    animation: late var(--chatter-duration, 180ms);
  }
  .banner .icon {
    inline-size: max(16px, 1.333em);
    block-size: max(16px, 1.333em);
  }
  .banner .link-button {
    flex: none;
    margin-inline-start: auto;
  }
  /* For screen readers only. */
  .unseen {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  /* Words of ours run their own way, whichever way the page does. */
  time,
  .button,
  .banner span,
  .empty p,
  .error p,
  .why,
  .left,
  .day-separator span,
  .jump-badge {
    unicode-bidi: plaintext;
  }

  @media (hover: hover) {
    .info-button:hover {
      background: var(--_hover);
    }
    .icon-button:hover {
      color: var(--chatter-text, var(--_text));
      background: var(--_hover);
    }
    .button:not(.primary):hover {
      background: linear-gradient(var(--_hover) 0 0), var(--chatter-surface-raised, var(--_surface-raised));
    }
  }
  @media (pointer: coarse) {
    .icon-button,
    .button {
      min-inline-size: max(44px, var(--chatter-control-size, 44px));
      min-block-size: max(44px, var(--chatter-control-size, 44px));
    }
    /* As high as a finger, without a higher banner. */
    .banner .link-button {
      min-inline-size: 44px;
      min-block-size: 44px;
      margin-block: -12px;
    }
    /* Anything smaller makes iOS zoom the page. */
    input,
    textarea {
      font-size: max(16px, 1em) !important;
    }
  }
  @media (forced-colors: active) {
    .button,
    .icon-button,
    .send {
      border: 1px solid ButtonBorder;
    }
    /* Browsers leave pictures the colours that the page gives them. */
    .icon {
      color: inherit !important;
    }
  }
`

export const panelStyles = [
  paneStyles,
  avatarStyles,
  roomListStyles,
  timelineStyles,
  messageStyles,
  composerStyles,
  placeholderStyles,
]
