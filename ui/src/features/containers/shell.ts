import { useRouter } from "@tanstack/react-router";
import { useMay } from "../../api/queries";
import type { Container } from "./types";

const PAGE = "/terminal";

/** Opens a shell inside a container on the terminal's page; nothing where there is no such page for the user. */
export function useShell(): ((container: Container) => void) | null {
  const router = useRouter();
  const may = useMay();
  if (!may("terminals.open") || !(PAGE in router.routesByPath)) return null;
  return ({ host_id, id, engine_kind, name }) => {
    const asked = { host: String(host_id), kind: "container", container: id, engine: engine_kind, title: name };
    router.history.push(`${PAGE}?${new URLSearchParams(asked)}`);
  };
}
