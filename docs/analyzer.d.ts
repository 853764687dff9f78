/** What docs/manifest.ts takes from the analyzer, which declares no types for its own functions. */
declare module '@custom-elements-manifest/analyzer/index.js' {
  export type Source = { readonly fileName: string }
  export type Manifest = { readonly modules: readonly { readonly declarations?: unknown }[] }
  export const ts: {
    readonly ScriptTarget: { readonly ESNext: number }
    createSourceFile(path: string, text: string, target: number, withParents: boolean): Source
  }
  export function create(input: {
    readonly modules: readonly Source[]
    readonly plugins: readonly unknown[]
  }): Manifest
}

declare module '@custom-elements-manifest/analyzer/src/features/framework-plugins/lit/lit.js' {
  export function litPlugin(): unknown[]
}
