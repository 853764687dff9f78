import { css } from 'lit'

export const roomInfoStyles = css`
  .panes:has(.info) {
    container-type: inline-size;
  }
  .info {
    position: absolute;
    inset: 0;
    z-index: 3;
    display: flex;
    flex-direction: column;
    background: var(--chatter-surface, var(--_surface));
    animation: appear var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .info-scroll {
    flex: 1;
    min-block-size: 0;
    padding: 0 calc(var(--_space) * 3) calc(var(--_space) * 4);
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--chatter-border, var(--_border)) transparent;
  }
  .info-head {
    display: grid;
    /* WebKit makes a column as wide as its longest word. */
    grid-template-columns: minmax(0, 1fr);
    justify-items: center;
    gap: 4px;
    padding-block: calc(var(--_space) * 3);
    text-align: center;
  }
  .info-head > .avatar {
    --_size: calc(var(--chatter-avatar-size, 30px) * 2.6);
    margin-block-end: 8px;
  }
  /* On its edge, and no larger than in the list. */
  .info-head > .avatar.online::after {
    inset-block-end: 5%;
    inset-inline-end: 5%;
    inline-size: 14px;
    block-size: 14px;
  }
  .info-head p,
  .info-text {
    max-inline-size: 100%;
    margin: 0;
    overflow-wrap: anywhere;
  }
  .info-line {
    --_edit: 32px;
    max-inline-size: 100%;
    padding-inline: calc(var(--_edit) + 2px);
  }
  /* The button follows the last word, and moves nothing out of the middle. */
  .info-line > :first-child {
    display: inline;
  }
  .info-line > .info-edit {
    display: inline-grid;
    margin-inline: 2px calc(-2px - var(--_edit));
    vertical-align: middle;
  }
  .info-edit {
    inline-size: 32px;
    min-inline-size: 32px;
    block-size: 26px;
    min-block-size: 26px;
    margin-block: -1px;
  }
  .info-edit .icon {
    inline-size: 16px;
    block-size: 16px;
  }
  .info-head .info-add {
    min-block-size: 32px;
    color: var(--chatter-text-link, var(--_text-link));
    font-size: 0.933em;
    font-weight: 500;
    text-decoration: none;
  }
  .info-form {
    display: grid;
    gap: 8px;
    inline-size: 100%;
    margin: 0 0 8px;
    text-align: start;
  }
  .info-input {
    inline-size: 100%;
    min-block-size: var(--chatter-control-size, 36px);
    max-block-size: 12em;
    padding: 7px 12px;
    font-size: 0.933em;
    line-height: 1.4;
    resize: none;
    field-sizing: content;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  input.info-input {
    field-sizing: fixed;
  }
  .info-input:focus-visible {
    outline-offset: -1px;
  }
  .info-input[aria-invalid='true'] {
    border-color: var(--chatter-danger, var(--_danger));
  }
  .info-form .left {
    padding: 0;
  }
  .info .why {
    margin: 0;
    color: var(--chatter-danger, var(--_danger));
    font-size: 0.867em;
    text-align: start;
  }
  .info-form .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
  }
  .info-form .button[aria-disabled='true'] {
    opacity: 0.6;
    cursor: default;
  }
  .info-name {
    font-size: 1.2em;
    font-weight: 650;
    line-height: 1.4;
  }
  .info-text {
    white-space: pre-line;
  }
  .info-text > * + :is(.block, .code-block, .quote-block, .list),
  .info-text > :is(.block, .code-block, .quote-block, .list) + * {
    margin-block-start: 6px;
  }
  .info-text :is(.code-block, .quote-block, .list) {
    text-align: start;
  }
  .info-text,
  .info-seen {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.933em;
  }
  .info-part {
    padding-block: calc(var(--_space) * 2);
    border-block-start: 1px solid var(--chatter-divider, var(--_divider));
  }
  .info-title {
    margin: 0;
    padding: 4px 9px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.867em;
    font-weight: 600;
  }
  .info-part .search {
    margin: 4px 0 8px;
  }
  .info-part .why {
    margin: 4px 9px;
  }
  .action-item > span.info-value:not(.avatar) {
    flex: none;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.933em;
  }
  .action-item > span.info-switch:not(.avatar) {
    position: relative;
    flex: none;
    inline-size: 34px;
    block-size: 20px;
    background: var(--chatter-border, var(--_border));
    border: 1px solid color-mix(in oklab, var(--chatter-text-muted, var(--_text-muted)) 60%, transparent);
    border-radius: 10px;
    transition: background var(--chatter-duration, 180ms);
  }
  .info-switch::after {
    position: absolute;
    inset-block-start: 2px;
    inset-inline-start: 2px;
    inline-size: 14px;
    block-size: 14px;
    content: '';
    background: var(--chatter-surface, var(--_surface));
    border-radius: 50%;
    box-shadow: 0 0 0 1px color-mix(in oklab, var(--chatter-text-muted, var(--_text-muted)) 60%, transparent);
    transition: translate var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .action-item[aria-checked='true'] > span.info-switch:not(.avatar) {
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border-color: transparent;
  }
  [aria-checked='true'] > .info-switch::after {
    background: var(--chatter-accent-text, var(--_accent-text));
    box-shadow: none;
    translate: 14px;
  }
  [aria-checked='true'] > .info-switch:dir(rtl)::after {
    translate: -14px;
  }
  .info-first {
    border: 0;
  }
  .info-lead {
    margin: 0 9px 8px;
  }
  .info-row + .info-message {
    margin-block-start: 8px;
  }
  .links {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .link {
    display: flex;
    align-items: center;
    gap: 8px;
    padding: 8px 9px;
    border-block-start: 1px solid var(--chatter-divider, var(--_divider));
  }
  .link .lines {
    flex: 1;
    min-inline-size: 0;
  }
  .link .lines > span {
    display: block;
  }
  .link .link-code {
    overflow: hidden;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    font-family: ui-monospace, monospace;
    font-size: 0.867em;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .link .hint {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
    unicode-bidi: plaintext;
  }
  .info-message {
    inline-size: 100%;
  }
  .members {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .member .avatar {
    --_size: 34px;
  }
  .member .lines {
    min-inline-size: 0;
  }
  .member .lines > bdi,
  .member .name,
  .member .hint {
    display: block;
    margin-block: -0.35em;
    padding-block: 0.35em;
    overflow: hidden;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  .member .hint,
  .member-role {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
  }
  .action-item > span.member-role:not(.avatar) {
    flex: none;
  }
  @container (width < 960px) {
    /* Over the messages: nothing below can be reached. */
    .thread:has(.info) > :not(.info) {
      visibility: hidden;
    }
  }
  @container (width >= 960px) {
    .thread:has(.info) {
      padding-inline-end: 320px;
    }
    .info {
      inset-inline-start: auto;
      inline-size: 319px;
      border-inline-start: 1px solid var(--chatter-divider, var(--_divider));
    }
  }
  @media (forced-colors: active) {
    .info-switch::after {
      forced-color-adjust: none;
      background: ButtonText;
    }
    .action-item[aria-checked='true'] > span.info-switch:not(.avatar) {
      background: Highlight;
    }
  }
  @media (hover: hover) {
    .info .action-item:hover {
      background: var(--_hover);
    }
    .info-add:hover {
      text-decoration: underline;
    }
  }
  @media (pointer: coarse) {
    .info-line {
      --_edit: 44px;
    }
    .info-edit {
      inline-size: 44px;
      block-size: 44px;
      margin-block: -10px;
    }
    .info-head .info-add {
      min-block-size: 44px;
    }
  }
`
