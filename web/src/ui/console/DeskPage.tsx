import { useMemo, type ReactNode } from "react";
import type { Desk } from "../../app/console-enter";
import type { Console } from "../../app/console";
import { useNetworkEvents } from "../meeting/useNetworkEvents";
import { Center } from "./Center";
import classes from "./desk.module.css";
import { DeskContext } from "./desk";
import { DeskEnded } from "./DeskEnded";
import { DeskTop } from "./DeskTop";
import { Carrier, CarrierContext, type Cargo, type Spot } from "./drag";
import { Ghost } from "./Ghost";
import { Palette } from "./Palette";
import { Side } from "./Side";
import { useDeskNow } from "./useDeskNow";
import { useFailures } from "./useFailures";

/** Dropping content places it; a pane dropped on another of its wall swaps, on another wall it is shown there too. */
function dropOn(desk: Console, { content, from }: Cargo, spot: Spot): void {
  if (from?.wall === spot.wall) {
    if (from.pane !== spot.pane) desk.edit(spot.wall, { do: "swap", pane: from.pane, other: spot.pane });
    return;
  }
  desk.edit(spot.wall, { do: "place", pane: spot.pane, content });
}

/** The whole console of one room: material at the left, walls in the middle, what directs them at the right. */
export function DeskPage({ desk: opened }: { readonly desk: Desk }): ReactNode {
  const now = useDeskNow(opened);
  const { desk, state } = now;
  const carrier = useMemo(
    () =>
      new Carrier((cargo, spot) => {
        const wall = desk.state.get().walls.walls.get(spot.wall);
        const other = wall && wall.takenBy !== null && wall.takenBy !== desk.state.get().view.you;
        if (wall && !other && desk.state.get().phase === "joined") dropOn(desk, cargo, spot);
      }),
    [desk],
  );
  useFailures(now);
  useNetworkEvents(desk);
  if (state.ending) return <DeskEnded ending={state.ending} />;
  return (
    <DeskContext value={now}>
      <CarrierContext value={carrier}>
        <div className={classes["desk"]} data-phase={state.phase}>
          <DeskTop />
          <Palette />
          <Center />
          <Side />
          <Ghost />
        </div>
      </CarrierContext>
    </DeskContext>
  );
}
