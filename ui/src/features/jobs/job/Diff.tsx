import { changes, type DiffLine, prepared } from "./difference";

interface DiffProps {
  before?: string;
  after?: string;
  /** Instead of both: a diff as a tool writes it. */
  text?: string;
  label: string;
}

/** What changed, with the sign and the colour of what came and what went. */
export function Diff({ before = "", after = "", text, label }: DiffProps) {
  const lines: (DiffLine | null)[] = text === undefined ? changes(before, after) : prepared(text);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
    <section className="output" aria-label={label} tabIndex={0}>
      {lines.map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <div key={place} className="diff-line" data-change={line?.change}>
          {line ? `${line.change} ${line.text}` : "⋯"}
        </div>
      ))}
    </section>
  );
}
