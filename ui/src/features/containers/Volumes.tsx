import { Badge, Group, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { queryClient, useMay } from "../../api/queries";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";

type Volume = Schemas["VolumeView"];
const NAME_LENGTH = 24;
const short = (volume: Volume) => (volume.anonymous ? `${volume.name.slice(0, NAME_LENGTH)}…` : volume.name);

export function Volumes({ hostId, several }: { hostId: number; several: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  const [removing, setRemoving] = useState<Volume | null>(null);
  const query = useQuery({
    queryKey: ["volumes", hostId],
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/volumes", { params: { path: { host_id: hostId } } })),
  });
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  const { items } = query.data;
  if (items.length === 0)
    return (
      <div className="card">
        <Empty title={t("volume.none")}>{t("volume.noneText")}</Empty>
      </div>
    );
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking" data-part="volumes">
        <thead>
          <tr>
            <th>{t("volume.name")}</th>
            {several && <th>{t("engine.engine")}</th>}
            <th>{t("image.usedBy")}</th>
            <th>{t("volume.place")}</th>
            <th className="num">{t("image.size")}</th>
            <th aria-label={t("action.actions")} />
          </tr>
        </thead>
        <tbody>
          {items.map((volume) => (
            <tr key={`${volume.engine} ${volume.name}`}>
              <td>
                <Group gap={6} wrap="nowrap">
                  <Text span size="sm" fw={550} title={volume.name}>
                    {short(volume)}
                  </Text>
                  {volume.anonymous && <Badge variant="default">{t("volume.anonymous")}</Badge>}
                </Group>
              </td>
              {several && <td data-label={t("engine.engine")}>{volume.engine}</td>}
              <td data-label={t("image.usedBy")}>{volume.used_by.join(", ")}</td>
              <td data-label={t("volume.place")} className="mono" style={{ maxWidth: 360 }}>
                {may("files.read") ? (
                  <Link
                    to="/files"
                    search={{ host: hostId, path: volume.mountpoint.replaceAll("%", "%25") }}
                    className="quiet-link"
                  >
                    {volume.mountpoint}
                  </Link>
                ) : (
                  volume.mountpoint
                )}
              </td>
              <td className="num" data-label={t("image.size")}>
                {bytes(volume.size_bytes)}
              </td>
              <td className="stick-right">
                <span className="row-actions">
                  {may("hosts.operate") && (
                    <RowAction
                      icon={IconTrash}
                      harm
                      label={t("action.delete")}
                      of={volume.name}
                      why={
                        volume.used_by.length
                          ? t("image.inUse", { names: volume.used_by.slice(0, 3).join(", ") })
                          : undefined
                      }
                      onClick={() => setRemoving(volume)}
                    />
                  )}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {removing && (
        <Confirm
          title={t("volume.removeTitle", { name: short(removing) })}
          action={t("action.delete")}
          word={removing.anonymous ? undefined : removing.name}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            const params = { path: { host_id: hostId, volume: removing.name }, query: { engine: removing.engine } };
            await api.DELETE("/api/v1/hosts/{host_id}/volumes/{volume}", { params });
            await queryClient.invalidateQueries({ queryKey: ["volumes", hostId] });
          }}
        >
          {t("volume.removeText", { size: bytes(removing.size_bytes) })}
        </Confirm>
      )}
    </div>
  );
}
