/** A module that cannot be loaded. */
throw new Error('nothing here works');
