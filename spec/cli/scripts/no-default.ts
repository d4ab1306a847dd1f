/** A module that is no bootstrap script. */
export const answer = 42;
