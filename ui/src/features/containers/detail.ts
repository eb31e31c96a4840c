import { queryOptions } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { pathOf } from "./deeds";
import type { Container } from "./types";

/** One container with all that is only asked for when somebody looks. */
export const detailQuery = (container: Pick<Container, "host_id" | "id">, secrets = false) =>
  queryOptions({
    queryKey: ["container", container.host_id, container.id, secrets],
    gcTime: secrets ? 0 : undefined,
    queryFn: () =>
      data(
        api.GET("/api/v1/hosts/{host_id}/containers/{name}", {
          params: { path: pathOf(container), query: { secrets } },
        }),
      ),
  });
