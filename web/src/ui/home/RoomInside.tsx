import { IconAdjustments, IconDeviceCctv, IconDeviceTv, IconUsers } from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { RoomSummary } from "../../app/api";
import { useText } from "../shared/text";
import classes from "./home.module.css";

const SIZE = 18;

/** Who is in a room: the people first; sources, displays and consoles, where there are any, are no people. */
export function RoomInside({ room: { people, sources, displays, consoles } }: { readonly room: RoomSummary }): ReactNode {
  const text = useText().home;
  return (
    <ul className={classes["inside"]} data-inside>
      <li className={classes["online"]} data-live={people > 0} data-people={people}>
        <IconUsers size={SIZE} aria-hidden />
        {text.online(people)}
      </li>
      {sources > 0 && (
        <li data-sources={sources}>
          <IconDeviceCctv size={SIZE} aria-hidden />
          {text.sources(sources)}
        </li>
      )}
      {displays > 0 && (
        <li data-displays={displays}>
          <IconDeviceTv size={SIZE} aria-hidden />
          {text.displays(displays)}
        </li>
      )}
      {consoles > 0 && (
        <li data-consoles={consoles}>
          <IconAdjustments size={SIZE} aria-hidden />
          {text.consoles(consoles)}
        </li>
      )}
    </ul>
  );
}
