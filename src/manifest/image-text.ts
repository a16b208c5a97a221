/** The image that a text in the place of one means; undefined for a placeholder: empty, blank or `auto`. */
export function imageText(text: string): string | undefined {
  // A block scalar ends in a line break more often than not; it is no part of the name, and stays.
  const image = text.replace(/^\n+|\n+$/g, '');
  return image.trim() === '' || image === 'auto' ? undefined : image;
}
