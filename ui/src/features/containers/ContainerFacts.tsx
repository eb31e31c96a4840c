import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useDiscreet } from "../../app/preferences";
import { bytes, percent } from "../../format/units";
import { ErrorNote, Rows } from "../../parts/Notices";
import { When } from "../../parts/When";
import { detailQuery } from "./detail";
import type { Container } from "./types";

/** What it is made of: image, ports, mounts, networks, environment. */
export function ContainerFacts({ container }: { container: Container }) {
  const { t } = useTranslation();
  const discreet = useDiscreet();
  const { data, error, refetch } = useQuery(detailQuery(container));
  if (error) return <ErrorNote error={error} onRetry={() => refetch()} />;
  const ports = container.ports.map((port) =>
    port.public === null
      ? `${port.private}/${port.protocol}`
      : `${port.address === "0.0.0.0" || port.address === "::" ? "" : `${discreet(port.address)}:`}${port.public} → ${port.private}/${port.protocol}`,
  );
  const { figures } = container;
  return (
    <div className="container-facts">
      <section className="card host-facts">
        <h2>{t("container.about")}</h2>
        <dl className="facts-list">
          <Fact name={t("container.column.image")}>{container.image}</Fact>
          <Fact name={t("container.command")} mono>
            {container.command}
          </Fact>
          <Fact name={t("container.created")}>
            <When at={container.created_at} />
          </Fact>
          {container.finished_at && container.state !== "running" && (
            <Fact name={t("container.finished")}>
              <When at={container.finished_at} />
            </Fact>
          )}
          <Fact name={t("container.restarts")}>
            {container.restarts} <span className="quiet">({container.restart_policy})</span>
          </Fact>
          {container.project && (
            <Fact name={t("container.project")}>
              {container.project}
              {container.service && <span className="quiet"> / {container.service}</span>}
            </Fact>
          )}
          {figures?.memory_limit_bytes != null && (
            <Fact name={t("container.limit")}>
              {bytes(figures.memory_limit_bytes)}{" "}
              {figures.memory_percent !== null && (
                <span className="quiet">({t("container.ofLimit", { percent: percent(figures.memory_percent) })})</span>
              )}
            </Fact>
          )}
          <Fact name={t("container.column.ports")} mono>
            {[...new Set(ports)].join("\n")}
          </Fact>
          <Fact name="ID" mono>
            {container.id.slice(0, 12)}
          </Fact>
        </dl>
      </section>
      {!data ? (
        <section className="card">
          <Rows count={4} />
        </section>
      ) : (
        <>
          <section className="card host-facts">
            <h2>{t("container.storage")}</h2>
            {data.mounts.length === 0 && <Nothing />}
            <dl className="facts-list">
              {data.mounts.map((mount) => (
                <Fact key={mount.destination} name={mount.destination} mono>
                  {mount.volume ?? mount.source}
                  <span className="quiet">
                    {" "}
                    {mount.type}
                    {mount.read_only && `, ${t("container.readOnly")}`}
                  </span>
                </Fact>
              ))}
            </dl>
            <h2>{t("container.networks")}</h2>
            {data.networks.length === 0 && <Nothing />}
            <dl className="facts-list">
              {data.networks.map((network) => (
                <Fact key={network.name} name={network.name} mono>
                  {discreet(network.address)}
                </Fact>
              ))}
            </dl>
          </section>
          <section className="card host-facts">
            <h2>{t("container.environment")}</h2>
            {data.env.length === 0 && <Nothing />}
            <dl className="facts-list">
              {data.env.map((one) => (
                <Fact key={one.name} name={one.name} mono>
                  {one.value}
                </Fact>
              ))}
            </dl>
          </section>
        </>
      )}
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  return (
    <Text size="sm" c="dimmed">
      {t("container.nothing")}
    </Text>
  );
}

function Fact({ name, mono = false, children }: { name: string; mono?: boolean; children: ReactNode }) {
  if (children === "" || children === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd className={mono ? "mono" : undefined} style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
        {children}
      </dd>
    </>
  );
}
