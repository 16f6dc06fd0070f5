/** What was allocated, in bytes and roughly, since the machine last looked (memory.ts). */
export const meter = { bytes: 0 }
