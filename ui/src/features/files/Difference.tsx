import { MergeView } from "@codemirror/merge";
import { EditorState } from "@codemirror/state";
import { EditorView, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { codeTheme } from "../../parts/codeTheme";

interface DifferenceProps {
  theirs: string;
  mine: string;
  labels: { theirs: string; mine: string };
  onChange: (mine: string) => void;
}

/** What is on the host beside what was written here; single changes can be taken over from the left. */
export default function Difference({ theirs, mine, labels, onChange }: DifferenceProps) {
  const place = useRef<HTMLDivElement>(null);
  const latest = useRef(onChange);
  latest.current = onChange;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the own text is that of the beginning; the view holds it from then on
  useEffect(() => {
    if (!place.current) return;
    const common = [lineNumbers(), EditorView.lineWrapping, codeTheme];
    const named = (label: string) => EditorView.contentAttributes.of({ "aria-label": label });
    const made = new MergeView({
      parent: place.current,
      a: { doc: theirs, extensions: [...common, named(labels.theirs), EditorState.readOnly.of(true)] },
      b: {
        doc: mine,
        extensions: [
          ...common,
          named(labels.mine),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current(update.state.doc.toString());
          }),
        ],
      },
      revertControls: "a-to-b",
      gutter: true,
      collapseUnchanged: { margin: 3, minSize: 6 },
    });
    return () => made.destroy();
  }, [theirs, labels.theirs, labels.mine]);
  return <div ref={place} className="difference" />;
}
