import { Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { useMay } from "../../api/queries";
import { bytes } from "../../format/units";
import { Stock } from "./Stock";

type Volume = Schemas["VolumeView"];
const NAME_LENGTH = 24;
const short = (volume: Volume) => (volume.anonymous ? `${volume.name.slice(0, NAME_LENGTH)}…` : volume.name);

export function Volumes({ hostId, several }: { hostId: number; several: boolean }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["volumes", hostId],
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/volumes", { params: { path: { host_id: hostId } } })),
  });
  return (
    <Stock
      part="volumes"
      hostId={hostId}
      query={query}
      several={several}
      empty={{ title: t("volume.none"), text: t("volume.noneText") }}
      columns={[
        { label: t("volume.name"), of: (volume) => <Name volume={volume} /> },
        {
          label: t("volume.place"),
          of: (volume) => <Place hostId={hostId} path={volume.mountpoint} />,
          className: "mono volume-place",
        },
      ]}
      nameOf={(volume) => volume.name}
      usersOf={(volume) => volume.used_by}
      remove={(volume) =>
        api.DELETE("/api/v1/hosts/{host_id}/volumes/{volume}", {
          params: { path: { host_id: hostId, volume: volume.name }, query: { engine: volume.engine } },
        })
      }
      question={(volume) => ({
        title: t("volume.removeTitle", { name: short(volume) }),
        text: t("volume.removeText", { size: bytes(volume.size_bytes) }),
        word: volume.anonymous ? undefined : volume.name,
      })}
    />
  );
}

function Name({ volume }: { volume: Volume }) {
  const { t } = useTranslation();
  return (
    <Group gap={6} wrap="nowrap">
      <Text span size="sm" fw={550} title={volume.name}>
        {short(volume)}
      </Text>
      {volume.anonymous && <Badge variant="default">{t("volume.anonymous")}</Badge>}
    </Group>
  );
}

/** Where it lies on the host; its files can be looked at. */
function Place({ hostId, path }: { hostId: number; path: string }) {
  const may = useMay();
  if (!may("files.read")) return path;
  return (
    <Link to="/files" search={{ host: hostId, path: path.replaceAll("%", "%25") }} className="quiet-link">
      {path}
    </Link>
  );
}
