import { percent } from "../format/units";

/** A percentage with a bar behind it. */
export function Bar({ value }: { value: number | null | undefined }) {
  const width = value == null ? 0 : Math.min(100, Math.max(0, value));
  const color =
    width >= 90
      ? "light-dark(#f9c6c6, #7a2a2c)"
      : width >= 75
        ? "light-dark(#ffe0b8, #6b4514)"
        : "light-dark(#cfe8ee, #1f4a55)";
  return (
    <div style={{ position: "relative", minWidth: 64, height: 20, borderRadius: 3, overflow: "hidden" }}>
      <div style={{ position: "absolute", inset: 0, background: "light-dark(#f0f4f5, #232c32)" }} />
      <div style={{ position: "absolute", inset: 0, width: `${width}%`, background: color }} />
      <div style={{ position: "relative", textAlign: "right", paddingRight: 6, lineHeight: "20px" }}>
        {percent(value)}
      </div>
    </div>
  );
}
