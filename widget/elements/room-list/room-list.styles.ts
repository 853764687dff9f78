import { css } from 'lit'

export const roomListStyles = css`
  .icon-button[hidden] {
    display: none;
  }
  /* Until the filters are loaded: what stands below does not move then. */
  .filters-place {
    flex: none;
    block-size: calc(28px + var(--_space) * 2);
  }
  @media (pointer: coarse) {
    .filters-place {
      block-size: calc(44px + var(--_space) * 2);
    }
  }
  .search {
    position: relative;
    flex: none;
    margin: 0 calc(var(--_space) * 3) calc(var(--_space) * 2);
  }
  .search .icon {
    position: absolute;
    inset-block-start: 50%;
    inset-inline-start: 11px;
    inline-size: max(16px, 1em);
    block-size: max(16px, 1em);
    color: var(--chatter-text-muted, var(--_text-muted));
    translate: 0 -50%;
    pointer-events: none;
  }
  .search input,
  .group-name {
    inline-size: 100%;
    block-size: max(var(--chatter-control-size, 36px), 1.6em);
    padding-inline: max(34px, calc(1.1em + 18px)) 12px;
    font-size: 0.933em;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .search input:focus-visible {
    outline-offset: -1px;
  }
  /* Where nothing is written yet, there is nothing to take a direction from. */
  :placeholder-shown {
    direction: inherit;
  }
  ::placeholder {
    color: var(--chatter-text-muted, var(--_text-muted));
    opacity: 1;
  }
  .room-scroll {
    position: relative;
    flex: 1;
    min-block-size: 0;
    padding: 0 calc(var(--_space) * 2) calc(var(--_space) * 2);
  }
  .room-list {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .room {
    --chatter-avatar-size: inherit;
    display: flex;
    align-items: center;
    gap: calc(var(--_space) * 3);
    inline-size: 100%;
    padding: calc(var(--_space) * 2.25) calc(var(--_space) * 2.5);
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
    transition: background 100ms;
  }
  .room .avatar {
    --_size: calc(var(--chatter-avatar-size, 30px) * 1.4);
  }
  .room.active,
  .person.at {
    background: var(--_under);
    --_under: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 11%, var(--chatter-surface-sunken, var(--_surface-sunken)));
  }
  .room:focus-visible {
    outline-offset: -2px;
  }
  .lines {
    flex: 1;
    min-inline-size: 0;
  }
  .line {
    display: flex;
    align-items: center;
    gap: 8px;
  }
  /* In large letters the time stands below the name, of which little would be left beside it. */
  .lines > .line:first-child {
    flex-wrap: wrap;
    column-gap: 8px;
    row-gap: 0;
  }
  .room-name {
    flex: 1 1 4em;
    font-weight: 550;
    line-height: 1.4;
  }
  .unread .room-name {
    font-weight: 700;
  }
  .room-time {
    flex: none;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
  }
  .room-preview {
    display: flex;
    flex: 1;
    min-inline-size: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.9em;
    line-height: 1.45;
  }
  /* Who said it, with the blank that their language puts there. */
  .by {
    display: flex;
    flex: none;
    max-inline-size: 60%;
    white-space: pre;
  }
  .unread .room-preview {
    color: var(--chatter-text, var(--_text));
  }
  .is-typing {
    color: var(--chatter-text-link, var(--_text-link));
  }
  .is-draft,
  .is-failed {
    color: var(--chatter-danger, var(--_danger));
  }
  .is-failed .icon {
    inline-size: max(14px, 1em);
    block-size: max(14px, 1em);
    margin-inline-end: 4px;
    vertical-align: -2px;
  }
  .badge {
    flex: none;
    min-inline-size: max(20px, 1.5em);
    padding-inline: 6px;
    color: var(--chatter-accent-text, var(--_accent-text));
    font-size: 0.8em;
    font-weight: 650;
    line-height: max(20px, 1.5em);
    text-align: center;
    font-variant-numeric: tabular-nums;
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border-radius: 1.5em;
  }
  .badge.quiet,
  .badge.marked {
    min-inline-size: 8px;
    block-size: 8px;
    padding: 0;
  }
  .badge.quiet {
    background: var(--chatter-text-muted, var(--_text-muted));
  }
  /* Reaches up, so that more rooms are asked for before the end is seen. */
  .rooms-end {
    display: grid;
    align-items: end;
    block-size: 440px;
    margin-block-start: -400px;
    pointer-events: none;
  }
  @media (hover: hover) {
    .room:not(.active):hover {
      background: var(--_hover);
    }
  }
  @media (forced-colors: active) {
    .room.active {
      outline: 2px solid Highlight;
      outline-offset: -2px;
    }
    .badge {
      border: 1px solid;
    }
  }
`
