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
    <div className="bar">
      <div className="bar-fill" style={{ width: `${width}%`, background: color }} />
      <span>{percent(value)}</span>
    </div>
  );
}
