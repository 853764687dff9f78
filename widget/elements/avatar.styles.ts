import { css } from 'lit'

export const avatarStyles = css`
  .avatar {
    --_size: var(--chatter-avatar-size, 30px);
    display: grid;
    flex: none;
    place-items: center;
    inline-size: var(--_size);
    block-size: var(--_size);
    color: light-dark(oklch(0.43 0.13 var(--_hue)), oklch(0.9 0.06 var(--_hue)));
    font-size: calc(var(--_size) * 0.42);
    font-weight: 600;
    line-height: 1;
    letter-spacing: 0;
    -webkit-user-select: none;
    user-select: none;
    background: light-dark(oklch(0.91 0.055 var(--_hue)), oklch(0.39 0.085 var(--_hue)));
    border-radius: var(--chatter-radius-avatar, 50%);
  }
  .avatar:is(.online, .pictured, .pair) {
    position: relative;
  }
  [data-hue='0'] { --_hue: 18; }
  [data-hue='1'] { --_hue: 48; }
  [data-hue='2'] { --_hue: 82; }
  [data-hue='3'] { --_hue: 130; }
  [data-hue='4'] { --_hue: 162; }
  [data-hue='5'] { --_hue: 200; }
  [data-hue='6'] { --_hue: 235; }
  [data-hue='7'] { --_hue: 268; }
  [data-hue='8'] { --_hue: 305; }
  [data-hue='9'] { --_hue: 348; }
  .avatar img {
    position: absolute;
    inset: 0;
    inline-size: 100%;
    block-size: 100%;
    object-fit: cover;
    border-radius: inherit;
  }
  .avatar img[hidden] {
    display: none;
  }
  .avatar.online::after {
    position: absolute;
    inset-block-end: 0;
    inset-inline-end: 0;
    inline-size: 28%;
    block-size: 28%;
    content: '';
    background: var(--chatter-success, var(--_success));
    border-radius: 50%;
    box-shadow: 0 0 0 2px var(--chatter-surface, var(--_surface));
  }
  .avatar.busy::after {
    background:
      linear-gradient(#fff, #fff) center / 56% 22% no-repeat,
      var(--chatter-danger, var(--_danger));
  }
  .avatar.notes {
    color: var(--chatter-text-link, var(--_text-link));
    background: color-mix(in oklab, var(--chatter-accent, var(--_accent)) 14%, var(--chatter-surface, var(--_surface)));
  }
  .avatar > .icon {
    inline-size: 50%;
    block-size: 50%;
  }
  .avatar.pair {
    display: block;
    background: none;
  }
  .pair .avatar {
    position: absolute;
    inset-block-start: 0;
    inset-inline-end: 0;
    --_size: inherit;
    inline-size: 70%;
    block-size: 70%;
    font-size: 0.75em;
  }
  .pair .avatar + .avatar {
    inset: auto auto 0 0;
    inset-inline: 0 auto;
    box-shadow: 0 0 0 2px var(--chatter-surface, var(--_surface));
  }
  @media (forced-colors: active) {
    .avatar:not(.pair) {
      border: 1px solid;
    }
    .avatar.online::after {
      forced-color-adjust: none;
      background: Highlight;
      box-shadow: 0 0 0 2px Canvas;
    }
  }
  .sidebar .pair .avatar + .avatar,
  .sidebar .online::after {
    box-shadow: 0 0 0 2px var(--_under, var(--chatter-surface-sunken, var(--_surface-sunken)));
  }
`
