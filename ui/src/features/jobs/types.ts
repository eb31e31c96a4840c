import type { Schemas } from "../../api/client";

export type Job = Schemas["JobView"];
export type JobState = Job["state"];
export type JobHost = Schemas["HostResult"];
export type ResultState = JobHost["state"];
export type OutputGroup = Schemas["OutputGroup"];
export type Piece = Schemas["Piece"];
export type Template = Schemas["TemplateView"];
export type Kind = Schemas["KindView"];
export type JobEvent = Schemas["StepView"];
export type Targets = Required<Schemas["Targets"]>;
export type Limits = Required<Schemas["Limits"]>;
export type Notify = Required<Schemas["Notify"]>;
export type Question = Required<Schemas["Question"]>;
export type PreviewHost = Schemas["PreviewHost"];

/** As whom the work is done; the password is sent along with a launch, and kept nowhere. */
export interface BecomeWish {
  user: string;
  password?: string;
}
