import { notifications } from "@mantine/notifications";
import { useEffect, useRef } from "react";
import type { Failure } from "../../app/console-edits";
import { holderOf } from "../../model/walls";
import type { Dictionary, Language } from "../../i18n/language";
import type { Wall } from "../../protocol/generated";
import { useWords } from "../shared/text";
import type { DeskNow } from "./desk";

/** Tells plainly what was not done and why, and when another console takes a wall from this one. */
export function useFailures({ desk, state }: DeskNow): void {
  const { text, language } = useWords();
  useEffect(
    () =>
      desk.onFailure((failure) => {
        const wall = desk.state.get().walls.walls.get(failure.wall) ?? null;
        notifications.show({ message: wordsOf(failure, wall, text, language), color: "red", autoClose: 7000 });
      }),
    [desk, text, language],
  );
  const { you } = state.view;
  const { walls } = state.walls;
  const mine = useRef<ReadonlySet<string>>(new Set());
  useEffect(() => {
    for (const id of mine.current) {
      const wall = walls.get(id);
      if (wall && holderOf(wall, you) === "other") {
        notifications.show({ message: text.console.failures.takenFromYou(wall.takenName, wall.name), color: "yellow", autoClose: 7000 });
      }
    }
    mine.current = new Set([...walls.values()].filter((wall) => holderOf(wall, you) === "mine").map((wall) => wall.id));
  }, [walls, you, text]);
}

function wordsOf(failure: Failure, wall: Wall | null, text: Dictionary, language: Language): string {
  const words = text.console.failures;
  if (failure.kind !== "refused") return words[failure.kind];
  const { code, text: told } = failure.refused;
  if (code === "wall-changed") return words.changed;
  if (code === "wall-taken") return words.taken(wall?.takenName ?? "");
  if (code === "nothing-to-undo") return words.nothing;
  return told[language];
}
