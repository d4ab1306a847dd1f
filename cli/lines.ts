/**
 * Lines: cuts what a process writes into whole lines.
 */
import { StringDecoder } from 'node:string_decoder';

/** A line that goes on is cut here, in characters, so that it cannot fill the memory. */
const longestLine = 65_536;

export interface LineCutter {
  push(chunk: Uint8Array): void;
  /** Gives out what came after the last newline. */
  end(): void;
}

export function createLineCutter(line: (text: string) => void, maxLength = longestLine): LineCutter {
  const decoder = new StringDecoder('utf8');
  let rest = '';

  const take = (text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const whole of lines) line(whole.endsWith('\r') ? whole.slice(0, -1) : whole);
    while (rest.length > maxLength) {
      line(rest.slice(0, maxLength));
      rest = rest.slice(maxLength);
    }
  };

  return {
    push: (chunk) => take(decoder.write(chunk as Buffer)),
    end: () => {
      take(decoder.end());
      if (rest !== '') line(rest);
      rest = '';
    },
  };
}
