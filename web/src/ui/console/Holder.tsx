import { IconHandGrab, IconHandStop, IconLock } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { holderOf } from "../../model/walls";
import type { Wall } from "../../protocol/generated";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { BarButton } from "./BarButton";
import { useDesk } from "./desk";
import classes from "./desk.module.css";

/** Who may edit this wall, and taking over or handing back. */
export function Holder({ wall }: { readonly wall: Wall }): ReactNode {
  const text = useText().console.bar;
  const { state, edit } = useDesk();
  const [asking, setAsking] = useState<Wall | null>(null);
  const holder = holderOf(wall, state.view.you);
  const joined = state.phase === "joined";
  const take = (): void => {
    edit(wall.id, { do: "take" });
  };
  return (
    <>
      {holder !== "free" && (
        <span className={classes["holder"]} data-holder={holder} role="status">
          <IconLock size={16} aria-hidden />
          <span className={classes["holderWords"]}>{holder === "mine" ? text.takenByMe : text.takenBy(wall.takenName)}</span>
        </span>
      )}
      {holder === "mine" ? (
        <BarButton
          icon={<IconHandStop size={20} />}
          label={text.handBack}
          disabled={!joined}
          onPress={() => {
            edit(wall.id, { do: "hand-back" });
          }}
        />
      ) : (
        <BarButton
          icon={<IconHandGrab size={20} />}
          label={text.take}
          disabled={!joined}
          strong={holder === "other"}
          onPress={() => {
            if (holder === "other") setAsking(wall);
            else take();
          }}
        />
      )}
      <ConfirmDialog
        about={asking}
        title={(one) => text.takeFrom(one.takenName)}
        question={text.takeFromHint}
        confirm={text.take}
        onCancel={() => {
          setAsking(null);
        }}
        onConfirm={() => {
          setAsking(null);
          take();
        }}
      />
    </>
  );
}
