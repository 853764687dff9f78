/** Who wrote, did or was named, once they are erased. No user's id has a control character. */
export const erasedId = '\u007f'
