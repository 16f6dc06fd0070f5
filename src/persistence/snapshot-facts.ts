/** The fact that says which journal records an RDB contains. Redis passes over what it does not know. */
export const UP_TO = 'respite-upto'
