declare module '*.svelte' {
  import type { Component } from 'svelte'

  const component: Component<import('./main.ts').Views>
  export default component
}
