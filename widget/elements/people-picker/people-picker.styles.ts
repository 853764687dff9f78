import { css } from 'lit'

export const peoplePickerStyles = css`
  .picker {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-block-size: 0;
    animation: late var(--chatter-duration, 180ms);
  }
  .picked {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    gap: 4px;
    max-block-size: 40%;
    min-block-size: var(--chatter-control-size, 36px);
    margin: 0 calc(var(--_space) * 3) calc(var(--_space) * 2);
    padding: 3px;
    overflow-y: auto;
    background: var(--chatter-surface, var(--_surface));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: var(--chatter-radius-control, 10px);
    cursor: text;
  }
  .picked:focus-within {
    border-color: var(--chatter-focus-ring, var(--_text-link));
    box-shadow: 0 0 0 calc(var(--chatter-focus-ring-width, 2px) - 1px) var(--chatter-focus-ring, var(--_text-link));
  }
  /* Where it stands in the other fields that search, as what is typed does. */
  .picked > .icon {
    flex: none;
    inline-size: max(16px, 1em);
    block-size: max(16px, 1em);
    margin-block: 6px;
    margin-inline: 7px -5px;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .picker-input {
    flex: 1;
    min-inline-size: 90px;
    block-size: 28px;
    padding: 0 8px;
    font-size: 0.933em;
    background: none;
    border: 0;
  }
  .picker-input:focus-visible {
    outline: none;
  }
  .chip {
    display: inline-flex;
    align-items: center;
    max-inline-size: 100%;
    block-size: 28px;
    padding-inline-start: 10px;
    font-size: 0.8em;
    font-weight: 550;
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 13%, var(--chatter-surface, var(--_surface)));
    border-radius: min(8px, var(--chatter-radius-control, 8px));
    animation: pop var(--chatter-duration, 180ms) var(--chatter-easing, var(--_easing));
  }
  .chip button {
    display: grid;
    flex: none;
    place-items: center;
    inline-size: 26px;
    block-size: 28px;
    padding: 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    background: none;
    border: 0;
  }
  .chip .icon {
    inline-size: 14px;
    block-size: 14px;
  }
  .people-scroll {
    position: relative;
    flex: 1;
    min-block-size: 0;
    padding-inline: calc(var(--_space) * 2);
  }
  .open-rooms-button {
    display: flex;
    align-items: center;
    gap: calc(var(--_space) * 2.5);
    inline-size: 100%;
    min-block-size: 44px;
    padding: calc(var(--_space) * 1) calc(var(--_space) * 2.5);
    font-weight: 550;
    text-align: start;
    background: none;
    border: 0;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .open-rooms-button:focus-visible {
    outline-offset: -2px;
  }
  .people {
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .person {
    display: flex;
    align-items: center;
    gap: calc(var(--_space) * 2.5);
    min-block-size: 44px;
    padding: calc(var(--_space) * 1) calc(var(--_space) * 2.5);
    border-radius: var(--chatter-radius-control, 10px);
    cursor: pointer;
  }
  .person bdi {
    display: block;
  }
  .person .lines {
    min-inline-size: 0;
  }
  .person .hint {
    display: block;
    overflow: hidden;
    white-space: nowrap;
    text-align: -webkit-match-parent;
    text-align: match-parent;
    text-overflow: ellipsis;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    line-height: 1.4;
  }
  .person.at {
    outline: 1px solid var(--chatter-focus-ring, var(--_text-link));
    outline-offset: -1px;
  }
  .person.taken {
    cursor: default;
  }
  .person.taken > :not(.lines) {
    opacity: 0.55;
  }
  .tick {
    display: grid;
    flex: none;
    color: var(--chatter-text-link, var(--_text-link));
  }
  .start {
    display: grid;
    flex: none;
    gap: 8px;
    margin: 0;
    padding: calc(var(--_space) * 3);
    border-block-start: 1px solid var(--chatter-divider, var(--_divider));
  }
  .group-name {
    padding-inline: 12px;
  }
  .start .why {
    margin: 0;
    font-size: 0.8em;
  }
  @media (hover: hover) {
    .chip button:hover {
      color: var(--chatter-text, var(--_text));
    }
    .open-rooms-button:hover,
    .person:not(.at):hover {
      background: var(--_hover);
    }
  }
  @media (forced-colors: active) {
    .person.at {
      outline: 2px solid Highlight;
    }
  }
`
