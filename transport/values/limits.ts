/**
 * Limits: how deep and how many values may be, the same for whoever sends and whoever receives them.
 * What a frame may weigh in bytes is the channel's affair.
 */

/** Containers (arrays, objects, Maps, Sets) one inside the other, in one argument. */
export const maxDepth = 64;
/** Values in one event or one stored value: members, keys and entries at every level. Bounds what a few bytes can unfold to. */
export const maxElements = 1_000_000;
/** Bytes of a topic, as UTF-8. */
export const maxTopicBytes = 1_024;
/** Bytes of an event name, as UTF-8. */
export const maxNameBytes = 256;

/** Headers of one event, and bytes of the name and of the value of each, as UTF-8. */
export const maxHeaders = 8;
export const maxHeaderNameBytes = 64;
export const maxHeaderBytes = 512;

/** Extension types of msgpack that are in use; every other one is refused. Zeek's words: a table, a set, a time. */
export const extensions = { map: 0x4d, set: 0x53, timestamp: 0xff } as const;
