/** Under which name an element keeps where the reader is: pages that have several of one mode tell them apart by their ids. */
export function placeName({ mode, id }: { readonly mode: string; readonly id: string }): string {
  return `${mode} ${id}`
}
