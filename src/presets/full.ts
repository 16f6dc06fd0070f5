/** Every family of commands. */
export { families as full } from '../commands/index.ts'
