import { Badge } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Meeting } from "../../app/meeting";
import type { RoomView } from "../../model/room";
import type { Participant } from "../../protocol/generated";
import { ConfirmDialog } from "../shared/ConfirmDialog";
import { useText } from "../shared/text";
import { PersonRow } from "./PersonRow";
import classes from "./side.module.css";
import { SourceRow } from "./SourceRow";

interface Props {
  readonly meeting: Meeting;
  readonly view: RoomView;
}

const KINDS = ["person", "source", "encoder", "viewer", "console", "wall"] as const;

/** Everybody in the room by kind, people first; hosts may remove others after a second question. */
export function PeopleList({ meeting, view }: Props): ReactNode {
  const text = useText();
  const [removing, setRemoving] = useState<Participant | null>(null);
  const everybody = [...view.people.values()].sort((a, b) => a.joinedAtMs - b.joinedAtMs);
  const host = view.people.get(view.you)?.role === "host";
  return (
    <>
      {KINDS.map((kind) => {
        const group = everybody.filter((who) => who.kind === kind);
        if (group.length === 0) return null;
        return (
          <section key={kind}>
            {kind !== "person" && (
              <Badge variant="light" color="gray" tt="none" fw={500} mt="md" mb={4}>
                {text.people.kinds[kind]} · {group.length}
              </Badge>
            )}
            <ul className={classes["list"]}>
              {group.map((who) =>
                who.feed ? (
                  <SourceRow key={who.id} who={who} view={view} meeting={meeting} host={host} />
                ) : (
                  <PersonRow
                    key={who.id}
                    who={who}
                    mine={who.id === view.you}
                    speaking={view.speakers.includes(who.id)}
                    // Displays are taken out at the console, where they can be paired again.
                    onRemove={host && who.id !== view.you && who.kind !== "wall" ? setRemoving : null}
                  />
                ),
              )}
            </ul>
          </section>
        );
      })}
      <ConfirmDialog
        about={removing}
        title={(who) => text.people.removeTitle(who.name)}
        question={text.people.removeText}
        confirm={text.people.removeConfirm}
        onCancel={() => {
          setRemoving(null);
        }}
        onConfirm={(who) => {
          meeting.remove(who.id);
          setRemoving(null);
        }}
      />
    </>
  );
}
