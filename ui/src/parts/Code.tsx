import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, indentOnInput, LanguageDescription } from "@codemirror/language";
import { languages } from "@codemirror/language-data";
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { useEffect, useRef } from "react";
import { codeTheme } from "./codeTheme";

interface CodeProps {
  /** The text to begin with; another one is taken by another `key`. */
  text: string;
  /** By its end the language is found. */
  name: string;
  label: string;
  readOnly?: boolean;
  wrap?: boolean;
  onChange?: (text: string) => void;
  onSave?: () => void;
}

/** An editor of text, or a view of it. Escape leaves it, so that Tab can indent inside. */
export default function Code({ text, name, label, readOnly = false, wrap = false, onChange, onSave }: CodeProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const wrapping = useRef(new Compartment());
  const editing = useRef(new Compartment());
  const latest = useRef({ onChange, onSave });
  latest.current = { onChange, onSave };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what may change later is told to the view below
  useEffect(() => {
    if (!place.current) return;
    const language = new Compartment();
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          foldGutter(),
          highlightSpecialChars(),
          history(),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          search({ top: false }),
          keymap.of([
            {
              key: "Mod-s",
              preventDefault: true,
              run: () => {
                latest.current.onSave?.();
                return true;
              },
            },
            { key: "Mod-f", run: openSearchPanel },
            ...searchKeymap,
            ...historyKeymap,
            ...defaultKeymap,
            indentWithTab,
          ]),
          EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
          }),
          editing.current.of(EditorState.readOnly.of(readOnly)),
          wrapping.current.of(wrap ? EditorView.lineWrapping : []),
          language.of([]),
          codeTheme,
        ],
      }),
    });
    view.current = made;
    LanguageDescription.matchFilename(languages, name)
      ?.load()
      .then((support) => made.dispatch({ effects: language.reconfigure(support) }))
      .catch(() => undefined); // without its language the text is plain
    return () => made.destroy();
  }, [name, label]);
  useEffect(() => {
    view.current?.dispatch({ effects: wrapping.current.reconfigure(wrap ? EditorView.lineWrapping : []) });
  }, [wrap]);
  useEffect(() => {
    view.current?.dispatch({ effects: editing.current.reconfigure(EditorState.readOnly.of(readOnly)) });
  }, [readOnly]);
  return <div ref={place} className="code" />;
}
