/**
 * Colours: those of the page's style, for what is drawn on a canvas, which can't read them itself. They differ between light and
 * dark.
 */
const dark = matchMedia('(prefers-color-scheme: dark)');
const known = new Map<string, string>();
let scheme = '';

/** What reads a colour by its name in the style, until the page turns light or dark. */
export function colours(): (name: string) => string {
  const present = `${getComputedStyle(document.documentElement).colorScheme} ${dark.matches}`;
  if (present !== scheme) known.clear();
  scheme = present;
  return (name) => {
    const colour = known.get(name) ?? resolve(name);
    known.set(name, colour);
    return colour;
  };
}

/** `light-dark()` stays what it is in a custom property: it is a colour only where it is used. */
function resolve(name: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
