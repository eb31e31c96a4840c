import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Both themes in one: the colours follow the page's own switch. */
const look = EditorView.theme({
  "&": { height: "100%", fontSize: "13px", backgroundColor: "var(--surface)", color: "var(--mantine-color-text)" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--mantine-color-text)" },
  ".cm-cursor": { borderLeftColor: "var(--mantine-color-text)" },
  "&.cm-focused": { outline: "none" },
  ".cm-gutters": {
    backgroundColor: "var(--ground)",
    color: "var(--mantine-color-dimmed)",
    borderRight: "1px solid var(--edge)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "light-dark(rgb(12 116 137 / 6%), rgb(82 166 185 / 9%))" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "light-dark(#bfdde5, #24505c)",
  },
  ".cm-panels": { backgroundColor: "var(--ground)", color: "var(--mantine-color-text)" },
  ".cm-panels-bottom": { borderTop: "1px solid var(--edge)" },
  ".cm-textfield": {
    backgroundColor: "var(--surface)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--surface)",
    color: "var(--mantine-color-text)",
    border: "1px solid var(--edge)",
    borderRadius: "4px",
  },
  ".cm-searchMatch": { backgroundColor: "light-dark(#ffe9a8, #5c4a10)" },
  ".cm-searchMatch-selected": { backgroundColor: "light-dark(#ffc94d, #8a6d12)" },
  ".cm-changedLine": { backgroundColor: "light-dark(rgb(160 78 0 / 9%), rgb(255 169 77 / 12%)) !important" },
  ".cm-changedText": { background: "light-dark(rgb(160 78 0 / 24%), rgb(255 169 77 / 30%)) !important" },
});

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "light-dark(#8250df, #c4a5ff)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "light-dark(#0a6640, #7fd6a8)" },
  { tag: [tags.comment, tags.meta], color: "var(--mantine-color-dimmed)", fontStyle: "italic" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "light-dark(#9a4a00, #ffb677)" },
  {
    tag: [tags.propertyName, tags.attributeName, tags.definition(tags.variableName)],
    color: "light-dark(#0b5cad, #7db9ff)",
  },
  {
    tag: [tags.typeName, tags.className, tags.tagName, tags.function(tags.variableName)],
    color: "light-dark(#00637a, #79bac9)",
  },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.link, textDecoration: "underline" },
  { tag: tags.invalid, color: "var(--mantine-color-error)" },
]);

export const codeTheme: Extension = [look, syntaxHighlighting(colours)];
