/** As much of fengari as the bench uses; it has no types of its own. */
declare module 'fengari' {
  interface State {
    readonly opaque: unique symbol
  }
  const fengari: {
    to_luastring(text: string): Uint8Array
    to_jsstring(bytes: Uint8Array): string
    lua: {
      lua_pcall(state: State, args: number, results: number, handler: number): number
      lua_pushvalue(state: State, at: number): void
      lua_tonumber(state: State, at: number): number
      lua_tojsstring(state: State, at: number): string
      lua_pop(state: State, count: number): void
      lua_newtable(state: State): void
      lua_setglobal(state: State, name: Uint8Array): void
      lua_setfield(state: State, at: number, name: Uint8Array): void
      lua_rawseti(state: State, at: number, n: number): void
      lua_pushstring(state: State, text: Uint8Array): void
      lua_pushnumber(state: State, n: number): void
      lua_pushboolean(state: State, value: boolean): void
      lua_pushcfunction(state: State, fn: (state: State) => number): void
      lua_gettop(state: State): number
      lua_tostring(state: State, at: number): Uint8Array
    }
    lauxlib: {
      luaL_newstate(): State
      luaL_loadstring(state: State, text: Uint8Array): number
    }
    lualib: { luaL_openlibs(state: State): void }
  }
  // biome-ignore lint/style/noDefaultExport: that is how it exports
  export default fengari
}
