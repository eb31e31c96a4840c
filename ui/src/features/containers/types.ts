import type { Schemas } from "../../api/client";

export type Container = Schemas["ContainerView"];
export type Engine = Schemas["EngineView"];
/** An engine of some host, as the feed and the fleet-wide list tell it. */
export type HostEngine = Engine & { host_id: number; host_name: string };
export type Figures = Schemas["Figures"];
export type State = Container["state"];
export type Deed = "start" | "stop" | "restart" | "pause" | "unpause" | "kill" | "remove";

export const keyOf = (one: { host_id: number; id: string }): string => `${one.host_id}/${one.id}`;
