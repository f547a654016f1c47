import { Button, Loader } from "@mantine/core";
import type { ReactNode } from "react";
import type { Act } from "../../app/console-api";
import { clockWords } from "../shared/feedText";
import { useWords } from "../shared/text";
import { useDesk } from "./desk";
import classes from "./side.module.css";
import { useActs } from "./useActs";
import { actDetail } from "./words";

/** Who did what to which wall, newest first. */
export function ActsPanel(): ReactNode {
  const { text } = useWords();
  const words = text.console;
  const { acts, more, loadMore } = useActs();
  if (acts === null) return <Loader m="md" />;
  if (acts.length === 0) return <p className={classes["none"]}>{words.acts.none}</p>;
  return (
    <>
      <ul className={classes["acts"]}>
        {acts.map((act) => (
          <ActRow key={act.id} act={act} />
        ))}
      </ul>
      {more && (
        <Button variant="default" fullWidth onClick={loadMore}>
          {words.common.loadMore}
        </Button>
      )}
    </>
  );
}

function ActRow({ act }: { readonly act: Act }): ReactNode {
  const { text, language } = useWords();
  const { state, wall, nowMs } = useDesk();
  const words = text.console.acts;
  const what = words.what[act.what] ?? act.what;
  const detail = actDetail(text, act, state.view, wall);
  const where = act.wallName ? ` ${words.on(act.wallName)}` : "";
  return (
    <li className={classes["act"]} data-act={act.what}>
      <time>{clockWords(act.atMs, nowMs, language)}</time>
      <span>
        <strong>{act.who || words.administrator}</strong> {what}
        {where}
        {detail && <span className={classes["soft"]}> · {detail}</span>}
      </span>
    </li>
  );
}
