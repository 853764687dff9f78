/** Attributes that nobody has misspelt, and what they may be. */
const known =
  /^(mode=(inline|launcher)|theme=(auto|light|dark)|density=(compact|standard|comfortable)|placement=bottom-(end|start)|send-key=(mod-)?enter|hour-cycle=(auto|h12|h23)|load=(idle|eager|interaction)|(server|open|(room|direct-user)-id|single-room|token(-url)?|keep-events|lang|dir|id|class|style|slot|part|hidden|title|role|(aria|data)-.*|on[a-z]+|[^a-z].*)=.*)$/s

/** Where there are others, the owner of the page is told of those that are misspelt. */
export async function checkAttributes(element: Element): Promise<void> {
  if ([...element.attributes].every(({ name, value }) => known.test(`${name}=${value}`))) return
  try {
    const diagnosis = await import('../../diagnosis.ts')
    diagnosis.tellOfAttributes(element)
  } catch {
    // The next page tells it.
  }
}
