/** Words: texts that come again and again, under numbers. Beyond `maxWords`, new ones are all the same word, `…`. */
const maxWords = 100_000;

export class Words {
  readonly #numbers = new Map<string, number>();
  readonly #texts: string[] = ['…'];

  number(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    if (this.#texts.length >= maxWords) return 0;
    this.#numbers.set(text, this.#texts.length);
    return this.#texts.push(text) - 1;
  }

  /** Empty below 0. */
  text(number: number): string {
    return this.#texts[number] ?? '';
  }

  get size(): number {
    return this.#texts.length;
  }
}
