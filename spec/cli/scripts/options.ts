/** A bootstrap script that sets options of its node. */
export const options = { retryInterval: 250 };

export default function nothing(): void {}
