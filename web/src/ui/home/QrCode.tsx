import { useMemo, type ReactNode } from "react";
import { encode } from "uqr";
import classes from "./home.module.css";

interface Props {
  readonly value: string;
  readonly label: string;
}

/** Dark squares on white in either theme: scanners want it so. */
export function QrCode({ value, label }: Props): ReactNode {
  const { size, path } = useMemo(() => {
    const code = encode(value, { ecc: "L", border: 2 });
    const squares = code.data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])));
    return { size: code.size, path: squares.join("") };
  }, [value]);
  return (
    <svg className={classes["qr"]} viewBox={`0 0 ${String(size)} ${String(size)}`} role="img" aria-label={label} shapeRendering="crispEdges">
      <path d={path} fill="#0b1114" />
    </svg>
  );
}
