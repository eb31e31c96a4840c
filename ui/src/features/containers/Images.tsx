import { Badge, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, data, type Schemas } from "../../api/client";
import { bytes } from "../../format/units";
import { When } from "../../parts/When";
import { Stock } from "./Stock";

type Image = Schemas["ImageView"];
const shortId = (id: string) => id.replace("sha256:", "").slice(0, 12);
const nameOf = (image: Image) => image.tags[0] ?? shortId(image.id);

export function Images({ hostId, several }: { hostId: number; several: boolean }) {
  const { t } = useTranslation();
  const query = useQuery({
    queryKey: ["images", hostId],
    queryFn: () => data(api.GET("/api/v1/hosts/{host_id}/images", { params: { path: { host_id: hostId } } })),
  });
  return (
    <Stock
      part="images"
      hostId={hostId}
      query={query}
      several={several}
      empty={{ title: t("image.none"), text: t("image.noneText") }}
      columns={[
        { label: t("image.name"), of: (image) => <Tags image={image} /> },
        { label: t("image.created"), of: (image) => <When at={image.created_at} /> },
      ]}
      nameOf={nameOf}
      usersOf={(image) => image.containers}
      remove={(image) =>
        api.DELETE("/api/v1/hosts/{host_id}/images/{image}", {
          params: {
            path: { host_id: hostId, image: image.id },
            query: { engine: image.engine, force: image.tags.length > 1 },
          },
        })
      }
      question={(image) => ({
        title: t("image.removeTitle", { name: nameOf(image) }),
        text: t("image.removeText", { tags: image.tags.join(", ") || "–", size: bytes(image.size_bytes) }),
      })}
    />
  );
}

function Tags({ image }: { image: Image }) {
  const { t } = useTranslation();
  return (
    <Group gap={6}>
      {image.tags.length === 0 && <Badge variant="default">{t("image.untagged")}</Badge>}
      {(image.tags.length ? image.tags : [shortId(image.id)]).map((tag) => (
        <Text key={tag} span size="sm" fw={image.tags.length ? 550 : 400}>
          {tag}
        </Text>
      ))}
    </Group>
  );
}
