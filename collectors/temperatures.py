"""Temperatures of the sensors that the kernel knows: hwmon's, else thermal zones. Most VPSes have none.

Values are thousandths of a degree Celsius (Documentation/hwmon/sysfs-interface.rst of the kernel). A sensor that is not
wired reads nonsense, which is left out.
"""

from __future__ import annotations

from collectors.figures import text
from collectors.spec import Cadence, Collector, Kind, Metric, NotApplicable, ParseError, Reading, Rows, Table, Unit

MOST = 64
LOWEST_C = -60.0
HIGHEST_C = 200.0
SCRIPT = r"""
LC_ALL=C; export LC_ALL
say() { if read -r value <"$1"; then echo "$value $2"; fi; }
for input in /sys/class/hwmon/hwmon*/temp*_input; do
  [ -r "$input" ] || continue
  chip=; label=
  read -r chip <"${input%/*}/name"
  [ -r "${input%_input}_label" ] && read -r label <"${input%_input}_label"
  number=${input##*/temp}
  say "$input" "$chip ${label:-${number%_input}}"
  some=1
done 2>/dev/null
if [ -z "$some" ]; then
  for zone in /sys/class/thermal/thermal_zone*; do
    [ -r "$zone/temp" ] || continue
    type=; read -r type <"$zone/type"
    say "$zone/temp" "${type:-zone} ${zone##*thermal_zone}"
  done 2>/dev/null
fi
exit 0
"""
TABLE = Table(
    "temperature",
    "sensor",
    ("celsius",),
    (Metric("temperature_celsius", Unit.CELSIUS, Kind.GAUGE, "Temperature of a sensor.", "celsius"),),
)


def parse(contents: dict[str, bytes | None]) -> Reading:
    """Rows by sensor, in degrees Celsius. Raises NotApplicable where there is no sensor, ParseError."""
    rows: Rows = {}
    for line in (contents.get("") or b"").splitlines()[:MOST]:
        value, _, label = line.partition(b" ")
        sensor = text(label)
        try:
            thousandths = int(value)
        except ValueError as error:
            raise ParseError(f"{line[:60]!r} is no temperature") from error
        if sensor and LOWEST_C * 1000 < thousandths < HIGHEST_C * 1000:
            rows[_free(sensor, rows)] = (thousandths / 1000,)
    if not rows:
        raise NotApplicable
    return Reading({"temperature": rows})


def _free(sensor: str, taken: Rows) -> str:
    """The name, numbered where others have it: two disks of a kind call their sensors alike."""
    numbered = (f"{sensor} #{n}" for n in range(2, MOST + 2))
    return sensor if sensor not in taken else next(each for each in numbered if each not in taken)


COLLECTOR = Collector(
    name="temperatures",
    help="Temperatures, where there are sensors.",
    cadence=Cadence.SLOW,
    tables=(TABLE,),
    parse=parse,
    script=SCRIPT,
)
