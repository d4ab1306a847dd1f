/** A cluster with a name of its own. */
export const options = { clusterName: 'apart' };

export default function named(): void {}
