import { quote } from './template/quote.ts';
import { fromBytes, toBytes } from './template/text.ts';

/** A text as Go's `%q` prints it. */
export function goQuote(text: string): string {
  return fromBytes(quote(toBytes(text)));
}
