const WIDTH = 84;
const HEIGHT = 22;

/** The last values as a line, from 0 to `most`; gaps are gaps. */
export function Sparkline({
  values,
  most = 100,
  label,
}: {
  values: readonly (number | null)[];
  most?: number;
  label: string;
}) {
  const step = WIDTH / Math.max(1, 29);
  const start = WIDTH - step * Math.max(0, values.length - 1);
  let pen = "M";
  const path = values
    .map((value, index) => {
      if (value === null) {
        pen = "M";
        return "";
      }
      const x = start + index * step;
      const y = HEIGHT - 1 - (Math.min(value, most) / most) * (HEIGHT - 2);
      const part = `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = "L";
      return part;
    })
    .join("");
  return (
    <svg width={WIDTH} height={HEIGHT} role="img" aria-label={label} className="sparkline">
      <path d={`M0 ${HEIGHT - 0.5}H${WIDTH}`} stroke="var(--edge)" strokeWidth="1" />
      <path d={path} fill="none" stroke="light-dark(#0c7489, #52a6b9)" strokeWidth="1.4" strokeLinejoin="round" />
    </svg>
  );
}
