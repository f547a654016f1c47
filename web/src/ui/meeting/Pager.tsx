import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useText } from "../shared/text";
import classes from "./stage.module.css";

interface Props {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

export function Pager({ page, pages, onPage }: Props): ReactNode {
  const text = useText();
  if (pages < 2) return null;
  return (
    <nav className={classes["pager"]} aria-label={text.meeting.page(page + 1, pages)}>
      <button
        type="button"
        aria-label={text.meeting.previous}
        disabled={page === 0}
        onClick={() => {
          onPage(page - 1);
        }}
      >
        <IconChevronLeft size={22} />
      </button>
      <span>
        {page + 1} / {pages}
      </span>
      <button
        type="button"
        aria-label={text.meeting.next}
        disabled={page === pages - 1}
        onClick={() => {
          onPage(page + 1);
        }}
      >
        <IconChevronRight size={22} />
      </button>
    </nav>
  );
}
