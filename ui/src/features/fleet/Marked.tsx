/** Text with the words that were searched for marked. */
export function Marked({ text, words }: { text: string; words: string }) {
  const parts = words.trim().split(/\s+/).filter(Boolean);
  if (parts.length === 0) return text;
  const pattern = new RegExp(`(${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
  // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text have no other identity
  return text.split(pattern).map((piece, index) => (index % 2 ? <mark key={index}>{piece}</mark> : piece));
}
