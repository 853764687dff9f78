import { css } from 'lit'

export const messageStyles = css`
  .forwarded {
    font-size: 0.85em;
    font-style: italic;
  }
  /* Nothing in a row is positioned: each box that is would be a layer, and is painted again whenever the log moves. */
  .message {
    display: grid;
    flex: none;
    grid-template-columns: var(--chatter-avatar-size, 30px) minmax(0, 1fr);
    column-gap: calc(var(--_space) * 2);
    margin-block-start: 2px;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .message.first {
    margin-block-start: calc(var(--_space) * 3);
  }
  .message.own,
  .duo .message {
    grid-template-columns: minmax(0, 1fr);
  }
  .message:focus-visible {
    outline-offset: 3px;
  }
  .message[part~='sought'] {
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 16%, transparent);
    box-shadow: 0 0 0 4px color-mix(in oklab, var(--chatter-accent, var(--_accent)) 16%, transparent);
    animation: fade 2s both;
  }
  @keyframes fade {
    70% {
      background-color: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 16%, transparent);
    }
    to {
      background-color: transparent;
      box-shadow: none;
    }
  }
  .message > .avatar {
    grid-row: 1;
    align-self: end;
  }
  /* Level with the bubble. */
  .message.reacted > .avatar {
    margin-block-end: 30px;
  }
  .body {
    display: flex;
    flex-direction: column;
    grid-column: -2;
    align-items: flex-start;
    min-inline-size: 0;
  }
  .own .body {
    align-items: flex-end;
  }
  /* A bubble, and beside it the time. */
  .line {
    display: flex;
    gap: 6px;
    align-items: flex-end;
    max-inline-size: 100%;
  }
  .own .line {
    flex-direction: row-reverse;
  }
  .line:has(.below) {
    flex-wrap: wrap;
  }
  [part='author'] {
    max-inline-size: 100%;
    margin-block-end: 3px;
    padding-inline-start: calc(var(--_space) * 3);
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    font-weight: 550;
    overflow-wrap: anywhere;
  }
  .message-title {
    font-weight: 650;
    overflow-wrap: anywhere;
  }
  .message-link {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    box-sizing: border-box;
    min-block-size: var(--chatter-control-size, 36px);
    max-inline-size: 100%;
    margin-block: calc(var(--_space) * 2) var(--_space);
    padding: 4px 16px;
    color: var(--chatter-accent-text, var(--_accent-text));
    font-weight: 600;
    text-decoration: none;
    overflow-wrap: anywhere;
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
    border: 1px solid transparent;
    border-radius: var(--chatter-radius-control, 10px);
  }
  .quote {
    display: flex;
    gap: 6px;
    max-inline-size: min(var(--chatter-bubble-max-width, 34em), 86%);
    min-block-size: 24px;
    margin-block-end: 3px;
    padding: 1px 9px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.867em;
    text-align: start;
    background: none;
    border: 0;
    border-inline-start: 2px solid var(--chatter-border, var(--_border));
  }
  .quote * {
    overflow: hidden;
    white-space: nowrap;
    text-overflow: ellipsis;
  }
  .quote bdi {
    flex: none;
    max-inline-size: 50%;
    font-weight: 600;
  }
  [part='bubble'] {
    --_r: var(--chatter-radius-bubble, 18px);
    --_joint: min(5px, var(--_r));
    flex: 0 1 auto;
    min-inline-size: 0;
    max-inline-size: var(--chatter-bubble-max-width, 34em);
    padding: calc(var(--_space) * 1.75) calc(var(--_space) * 3.25);
    color: var(--chatter-bubble-other-text, var(--chatter-text, var(--_text)));
    background: var(--chatter-bubble-other, var(--_bubble-other));
    border: 1px solid transparent;
    border-start-start-radius: var(--_joint);
    border-start-end-radius: var(--_r);
    border-end-start-radius: var(--_joint);
    border-end-end-radius: var(--_r);
    /* Marks that are stacked stay in it. */
    overflow: clip;
    cursor: default;
  }
  .folded {
    max-block-size: 29em;
  }
  .other.first [part='bubble'] {
    border-start-start-radius: var(--_r);
  }
  .other.last [part='bubble'] {
    border-end-start-radius: var(--_r);
  }
  .own [part='bubble'] {
    color: var(--chatter-bubble-own-text, var(--chatter-accent-text, var(--_accent-text)));
    background: var(--chatter-bubble-own, rgb(from var(--chatter-accent, var(--_accent)) r g b / 1));
    border-color: var(--chatter-bubble-own, var(--_edge));
    border-radius: var(--_r);
    border-start-end-radius: var(--_joint);
    border-end-end-radius: var(--_joint);
  }
  .own.first [part='bubble'] {
    border-start-end-radius: var(--_r);
  }
  .own.last [part='bubble'] {
    border-end-end-radius: var(--_r);
  }
  .deleted [part='bubble'] {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-style: italic;
    background: none;
    border-color: var(--chatter-border, var(--_border));
  }
  .pending [part='bubble'] {
    animation: wait 0.2s 0.4s both;
  }
  /* Paler, and as legible. */
  @keyframes wait {
    to {
      filter: saturate(0.5);
    }
  }
  .failed [part='bubble'] {
    color: var(--chatter-text, var(--_text));
    background: color-mix(in oklab, var(--chatter-danger, var(--_danger)) 9%, var(--chatter-surface, var(--_surface)));
    border-color: color-mix(in oklab, var(--chatter-danger, var(--_danger)) 45%, var(--chatter-surface, var(--_surface)));
  }
  .text {
    white-space: pre-wrap;
    overflow-wrap: anywhere;
    unicode-bidi: isolate;
    text-align: start;
  }
  .text.emoji {
    font-family: var(--_font-emoji);
    font-size: 2.4em;
    line-height: 1.2;
  }
  /* On the surface itself: some of them are drawn in the colour of the text. */
  [part='bubble']:has(.emoji) {
    padding-inline: 4px;
    color: var(--chatter-text, var(--_text));
    background: none;
    border-color: transparent;
  }
  .mention {
    padding-inline: 3px;
    font-weight: 600;
    /* The opposite of the text: it can only be read better. */
    background: rgb(from currentColor calc(255 - r) calc(255 - g) calc(255 - b) / 0.3);
    border-radius: 5px;
    box-decoration-break: clone;
  }
  .mention-start {
    white-space: nowrap;
  }
  .other .mention-me {
    color: var(--chatter-accent-text, var(--_accent-text));
    background: rgb(from var(--chatter-accent, var(--_accent)) r g b / 1);
  }
  .code,
  .code-block {
    font: 0.9em / 1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
    border: 1px solid color-mix(in srgb, currentColor 32%, transparent);
    border-radius: 5px;
  }
  .code {
    padding: 0 3px;
    box-decoration-break: clone;
  }
  .code-block {
    margin: 0;
    padding: 8px 10px;
    overflow-x: auto;
    overscroll-behavior-x: contain;
    white-space: pre;
    border-radius: 8px;
  }
  .quote-block {
    margin: 0;
    padding-inline-start: 10px;
    border-inline-start: 3px solid color-mix(in srgb, currentColor 40%, transparent);
  }
  .list {
    margin: 0;
    padding-inline-start: 1.5em;
  }
  .text > * + :is(.block, .code-block, .quote-block, .list),
  .text > :is(.block, .code-block, .quote-block, .list) + * {
    margin-block-start: 6px;
  }
  [part='link'] {
    color: var(--chatter-text-link, var(--_text-link));
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 2px;
  }
  .own:not(.failed) [part='link'] {
    color: inherit;
  }
  .reactions {
    display: flex;
    flex-wrap: wrap;
    gap: 4px;
    margin-block-start: 4px;
  }
  .own .reactions {
    justify-content: flex-end;
  }
  .reaction {
    display: flex;
    align-items: center;
    gap: 5px;
    min-block-size: 26px;
    padding: 0 9px;
    font-family: var(--_font-emoji);
    font-size: 0.867em;
    font-variant-numeric: tabular-nums;
    background: var(--chatter-surface-raised, var(--_surface-raised));
    border: 1px solid var(--chatter-border, var(--_border));
    border-radius: 2em;
  }
  .reaction span {
    color: var(--chatter-text-muted, var(--_text-muted));
    font-family: var(--_font);
    font-size: 0.923em;
  }
  .reaction[aria-pressed='true'] {
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 14%, var(--chatter-surface, var(--_surface)));
    border-color: var(--chatter-text-link, var(--_text-link));
  }
  .reaction[aria-pressed='true'] span {
    color: var(--chatter-text, var(--_text));
    font-weight: 600;
  }
  .meta {
    display: flex;
    flex: none;
    flex-wrap: wrap;
    gap: 0 4px;
    align-items: center;
    max-inline-size: 7em;
    padding-block-end: 2px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    font-variant-numeric: tabular-nums;
  }
  .own .meta {
    justify-content: flex-end;
  }
  .meta.below {
    flex-basis: 100%;
    max-inline-size: none;
    padding-inline: 4px;
  }
  /* In its place, so that nothing moves when it is shown. */
  .meta.hidden {
    opacity: 0;
  }
  /* Where there is room for one pane it costs no width: it stands where the text ends, which leaves room for it. */
  :host(:state(narrow)) .body > .line {
    flex-wrap: wrap;
    max-inline-size: min(var(--chatter-bubble-max-width, 34em), 100% - 24px);
  }
  :host(:state(narrow)) .line:has(> * > [data-meta]) {
    display: grid;
    grid-template-columns: minmax(0, auto);
  }
  :host(:state(narrow)) .line:has(> * > [data-meta]) > * {
    grid-area: 1 / 1;
  }
  :host(:state(narrow)) [data-meta]::after {
    display: inline-block;
    padding-inline-start: 10px;
    font: normal 0.8em var(--_font);
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
    visibility: hidden;
    content: attr(data-meta);
  }
  :host(:state(narrow)) .emoji[data-meta]::after {
    font-size: calc(0.8em / 2.4);
  }
  /* A text that runs the other way ends at the other side. */
  :host(:state(narrow)) .line:dir(ltr) [data-meta]:dir(rtl)::after,
  :host(:state(narrow)) .line:dir(rtl) [data-meta]:dir(ltr)::after {
    display: block;
  }
  :host(:state(narrow)) .line:has(> * > [data-meta]) > .meta {
    flex-wrap: nowrap;
    align-self: end;
    justify-self: end;
    max-inline-size: none;
    margin: calc(var(--_space) * 1.75) calc(var(--_space) * 3.25 + 1px);
    padding: 0;
    white-space: nowrap;
  }
  :host(:state(narrow)) .line:has(> * > .emoji[data-meta]) > .meta {
    margin-inline: 5px;
  }
  :host(:state(narrow)) .own:not(.deleted) .line:has(> * > [data-meta]:not(.emoji)) > .meta,
  :host(:state(narrow)) .own:not(.deleted) .line:has(> * > [data-meta]:not(.emoji)) > .meta .icon {
    color: var(--chatter-bubble-own-text, var(--chatter-accent-text, var(--_accent-text)));
  }
  :host(:state(narrow)) .meta.hidden {
    display: none;
  }
  .status {
    display: flex;
    align-items: center;
    gap: 3px;
  }
  .status .icon {
    inline-size: max(15px, 1.25em);
    block-size: max(15px, 1.25em);
  }
  .status.seen .icon {
    color: var(--chatter-text-link, var(--_text-link));
  }
  .status.failed,
  .why {
    color: var(--chatter-danger, var(--_danger));
  }
  /* What the server answers at once was never "sending" to anybody (rule D38). */
  .status.sending,
  .status.queued {
    animation: late 0.1s 0.4s backwards;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: inherit;
    gap: 6px 12px;
    margin-block-start: 4px;
    padding-inline: 4px;
    font-size: 0.8em;
  }
  .actions .why {
    inline-size: 100%;
  }
  .own .actions {
    justify-content: flex-end;
    text-align: end;
  }
  .actions button {
    min-block-size: 24px;
    padding: 2px 0;
    color: var(--chatter-text-link, var(--_text-link));
    font-weight: 600;
    background: none;
    border: 0;
  }
  .seen-place,
  .seen-by {
    margin-block-start: 3px;
    padding-inline: 4px;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    /* A line takes the faces that may come without growing. */
    line-height: max(1.45em, 22px);
    text-align: end;
  }
  .seen-place {
    min-block-size: 1lh;
  }
  .seen-by .avatar {
    --_size: 16px;
  }
  /* Beside the first word, also where the words need a second line. */
  .faces {
    display: inline-flex;
    align-items: center;
    block-size: 1lh;
    margin-inline-end: 2px;
    vertical-align: top;
  }
  .faces .avatar + .avatar {
    margin-inline-start: -4px;
    box-shadow: 0 0 0 1.5px var(--chatter-surface, var(--_surface));
  }
  .seen-by ul {
    display: grid;
    gap: 5px;
    margin: 2px 0 4px;
    padding: 8px 10px;
    list-style: none;
    border: 1px solid var(--chatter-divider, var(--_divider));
    border-radius: var(--chatter-radius-control, 10px);
  }
  .seen-by li {
    display: flex;
    align-items: center;
    gap: 7px;
    color: var(--chatter-text, var(--_text));
  }
  .seen-by time {
    margin-inline-start: auto;
    padding-inline-start: 14px;
    color: var(--chatter-text-muted, var(--_text-muted));
  }
  .message.system {
    display: block;
    margin-block: calc(var(--_space) * 3) 0;
    color: var(--chatter-text-muted, var(--_text-muted));
    font-size: 0.8em;
    text-align: center;
  }
  .system .text {
    text-align: center;
  }
  @media (hover: hover) {
    .message:hover .meta.hidden {
      opacity: 1;
    }
    .quote:hover {
      color: var(--chatter-text, var(--_text));
    }
    .message-link:hover,
    .actions button:hover {
      text-decoration: underline;
    }
  }
  @media (pointer: coarse) {
    .message-link {
      min-block-size: 44px;
    }
    .quote {
      align-items: center;
      min-block-size: 44px;
    }
    .message.reacted > .avatar {
      margin-block-end: 40px;
    }
    .reactions {
      gap: 0;
      margin-block-start: -4px;
    }
    .reaction {
      min-inline-size: 44px;
      min-block-size: 44px;
      border-radius: 22px;
    }
    .actions button {
      min-block-size: 44px;
    }
  }
  /* To touch they are as high as a finger, to see smaller. Where colours are forced there are no shadows. */
  @media (pointer: coarse) and (forced-colors: none) {
    .reaction,
    .reaction[aria-pressed='true'] {
      padding-inline: 8px;
      background-clip: padding-box;
      border: solid transparent;
      border-width: 7px 2px;
      border-radius: 17px / 22px;
      box-shadow: inset 0 0 0 1px var(--chatter-border, var(--_border));
    }
    .reaction[aria-pressed='true'] {
      box-shadow: inset 0 0 0 1px var(--chatter-text-link, var(--_text-link));
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .message[part~='sought'] {
      animation: none;
    }
  }
  @media (forced-colors: active) {
    .message[part~='sought'] {
      outline: 2px solid Highlight;
    }
    [part='bubble'] {
      border-color: CanvasText;
    }
    .own [part='bubble'] {
      border-color: Highlight;
      border-width: 2px;
    }
  }
`
