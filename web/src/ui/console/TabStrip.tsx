import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./tabs.module.css";

interface Props<Tab extends string> {
  /** Of this strip among the page's. */
  readonly name: "palette" | "side";
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly icons: Readonly<Record<Tab, Icon>>;
  readonly words: Readonly<Record<Tab, string>>;
  readonly chosen: Tab;
  readonly choose: (tab: Tab) => void;
  /** Shown on a tab unless it is zero. */
  readonly counts: Readonly<Partial<Record<Tab, number>>>;
  /** The counts call for action. */
  readonly urgent?: boolean;
}

export function TabStrip<Tab extends string>({ name, label, tabs, icons, words, chosen, choose, counts, urgent = false }: Props<Tab>): ReactNode {
  return (
    <div role="tablist" aria-label={label} className={classes["tabs"]}>
      {tabs.map((one) => {
        const Drawn: Icon = icons[one];
        const count = counts[one] ?? 0;
        return (
          <button
            key={one}
            type="button"
            role="tab"
            aria-selected={one === chosen}
            className={classes["tab"]}
            {...{ [`data-${name}-tab`]: one }}
            onClick={() => {
              choose(one);
            }}
          >
            <Drawn size={20} aria-hidden />
            <span>{words[one]}</span>
            {count > 0 && (
              <span className={classes["count"]} data-urgent={urgent}>
                {count}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}
