import { css } from 'lit'

export const directoryStyles = css`
  .directory {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-block-size: 0;
    animation: late var(--chatter-duration, 180ms);
  }
  .directory .icon-button:first-child {
    margin-inline-start: calc(var(--_space) * -1.5);
  }
  .open-rooms {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .open-room {
    display: flex;
    align-items: flex-start;
    gap: calc(var(--_space) * 2.5);
    padding: calc(var(--_space) * 2) calc(var(--_space) * 2);
  }
  .open-room > .avatar {
    --_size: 36px;
  }
  .open-room > .button {
    flex: none;
    align-self: center;
  }
  .open-room .lines,
  .open-room .lines > span {
    display: block;
    min-inline-size: 0;
  }
  .open-room .lines {
    flex: 1;
  }
  /* What runs the other way begins where the rest of its lines does. */
  .open-room .name {
    text-align: -webkit-match-parent;
    text-align: match-parent;
  }
  .directory .name {
    font-weight: 600;
    overflow-wrap: anywhere;
  }
  .directory .hint {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
  }
  .open-room .about {
    display: -webkit-box !important;
    /* Aligned as the name is, Chromium would cut it without a sign. */
    inline-size: fit-content;
    overflow: hidden;
    overflow-wrap: anywhere;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
  }
  .directory .why {
    color: var(--chatter-danger, var(--_danger));
    font-size: 0.867em;
  }
  .invitation {
    display: grid;
    flex: 1;
    align-content: center;
    justify-items: center;
    gap: 4px;
    padding: 24px;
    overflow: hidden auto;
    text-align: center;
  }
  .invitation > .avatar {
    --_size: calc(var(--chatter-avatar-size, 30px) * 2.6);
    margin-block-end: 8px;
  }
  .invitation p {
    max-inline-size: 100%;
    margin: 0;
  }
  .invitation .name {
    font-size: 1.2em;
  }
  .invitation .about {
    margin-block-start: 8px;
    overflow-wrap: anywhere;
    white-space: pre-line;
  }
  .invitation .buttons {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 8px;
    margin-block-start: 16px;
  }
  .directory .button[aria-disabled='true'] {
    opacity: 0.6;
    cursor: default;
  }
`
