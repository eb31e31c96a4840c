import { Badge, Group, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { queryClient, useMay } from "../../api/queries";
import { bytes } from "../../format/units";
import { Confirm } from "../../parts/Confirm";
import { Empty, ErrorNote, Rows } from "../../parts/Notices";
import { RowAction } from "../../parts/RowAction";
import { When } from "../../parts/When";

type Image = Schemas["ImageView"];
const shortId = (id: string) => id.replace("sha256:", "").slice(0, 12);
const nameOf = (image: Image) => image.tags[0] ?? shortId(image.id);

export function Images({ hostId, several }: { hostId: number; several: boolean }) {
  const { t } = useTranslation();
  const may = useMay()("hosts.operate");
  const [removing, setRemoving] = useState<Image | null>(null);
  const query = useQuery({
    queryKey: ["images", hostId],
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/images", { params: { path: { host_id: hostId } } })),
  });
  if (query.error) return <ErrorNote error={query.error} onRetry={() => query.refetch()} />;
  if (!query.data)
    return (
      <div className="card">
        <Rows />
      </div>
    );
  const items = [...query.data.items].sort((a, b) => b.size_bytes - a.size_bytes);
  if (items.length === 0)
    return (
      <div className="card">
        <Empty title={t("image.none")}>{t("image.noneText")}</Empty>
      </div>
    );
  return (
    <div className="card scroll-x">
      <table className="grid-table stacking" data-part="images">
        <thead>
          <tr>
            <th>{t("image.name")}</th>
            {several && <th>{t("engine.engine")}</th>}
            <th>{t("image.usedBy")}</th>
            <th>{t("image.created")}</th>
            <th className="num">
              {t("image.size")} <span className="quiet">{bytes(query.data.size_bytes)}</span>
            </th>
            <th aria-label={t("action.actions")} />
          </tr>
        </thead>
        <tbody>
          {items.map((image) => (
            <tr key={`${image.engine} ${image.id}`}>
              <td>
                <Group gap={6}>
                  {image.tags.length === 0 && <Badge variant="default">{t("image.untagged")}</Badge>}
                  {(image.tags.length ? image.tags : [shortId(image.id)]).map((tag) => (
                    <Text key={tag} span size="sm" fw={image.tags.length ? 550 : 400}>
                      {tag}
                    </Text>
                  ))}
                </Group>
              </td>
              {several && <td data-label={t("engine.engine")}>{image.engine}</td>}
              <td data-label={t("image.usedBy")}>{image.containers.join(", ")}</td>
              <td data-label={t("image.created")}>
                <When at={image.created_at} />
              </td>
              <td className="num" data-label={t("image.size")}>
                {bytes(image.size_bytes)}
              </td>
              <td className="stick-right">
                <span className="row-actions">
                  {may && (
                    <RowAction
                      icon={IconTrash}
                      harm
                      label={t("action.delete")}
                      of={nameOf(image)}
                      why={
                        image.containers.length
                          ? t("image.inUse", { names: image.containers.slice(0, 3).join(", ") })
                          : undefined
                      }
                      onClick={() => setRemoving(image)}
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
          title={t("image.removeTitle", { name: nameOf(removing) })}
          action={t("action.delete")}
          onClose={() => setRemoving(null)}
          onConfirm={async () => {
            const params = {
              path: { host_id: hostId, image: removing.id },
              query: { engine: removing.engine, force: removing.tags.length > 1 },
            };
            await api.DELETE("/api/v1/hosts/{host_id}/images/{image}", { params });
            await queryClient.invalidateQueries({ queryKey: ["images", hostId] });
          }}
        >
          {t("image.removeText", { tags: removing.tags.join(", ") || "–", size: bytes(removing.size_bytes) })}
        </Confirm>
      )}
    </div>
  );
}
