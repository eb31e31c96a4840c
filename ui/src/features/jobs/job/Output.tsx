import { memo, useMemo } from "react";
import { pieces } from "../../../parts/ansi";

interface OutputProps {
  lines: readonly string[];
  /** Lines that the others did not say. */
  differs?: readonly boolean[];
  label: string;
}

/** What a host said, with its colours. */
export const Output = memo(function Output({ lines, differs, label }: OutputProps) {
  const drawn = useMemo(() => lines.map(pieces), [lines]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keyboard
    <section className="output" aria-label={label} tabIndex={0}>
      {drawn.map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
        <div key={place} className="output-line" data-differs={differs?.[place] || undefined}>
          {line.map((piece, at) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one line have no other identity
              key={at}
              data-color={piece.color ?? undefined}
              style={piece.bold ? { fontWeight: 600 } : undefined}
            >
              {piece.text}
            </span>
          ))}
        </div>
      ))}
    </section>
  );
});
