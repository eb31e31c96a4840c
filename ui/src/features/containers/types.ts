import type { Schemas } from "../../api/client";

export type Container = Schemas["ContainerView"];
export type Engine = Schemas["EngineView"];
export type Figures = Schemas["FiguresView"];
export type State = Container["state"];
export type Deed = "start" | "stop" | "restart" | "pause" | "unpause" | "kill" | "remove";

export const keyOf = (one: { host_id: number; id: string }): string => `${one.host_id}/${one.id}`;
