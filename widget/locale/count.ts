/** Unread messages: nobody counts beyond this. */
const most = 99

type Says = { readonly moreThan: (n: number, shown: string) => string }

/** A number on a badge. `show` writes it in the reader's digits. */
export function badgeOf(n: number, show: (n: number) => string, { moreThan }: Says): string {
  return n > most ? moreThan(n, show(most)) : show(n)
}
