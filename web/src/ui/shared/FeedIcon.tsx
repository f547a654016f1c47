import {
  IconAlertTriangle,
  IconBroadcast,
  IconCircleOff,
  IconDeviceCctv,
  IconDrone,
  IconHourglass,
  IconLoader2,
  IconLockExclamation,
  IconMovieOff,
  IconPlayerPause,
  IconPlugX,
  IconPointFilled,
  IconRouter,
  IconShieldX,
  IconSnowflake,
  IconWifiOff,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { FeedKind, FeedState } from "../../protocol/generated";
import classes from "./shared.module.css";

const STATES = {
  disabled: IconCircleOff,
  standby: IconPlayerPause,
  waiting: IconHourglass,
  connecting: IconLoader2,
  live: IconPointFilled,
  "low-rate": IconAlertTriangle,
  frozen: IconSnowflake,
  offline: IconWifiOff,
  "wrong-password": IconLockExclamation,
  unreachable: IconPlugX,
  unsupported: IconMovieOff,
  quarantined: IconShieldX,
} as const satisfies Readonly<Record<FeedState, unknown>>;

/** RTMP is what drones speak, SRT what encoders speak. */
const KINDS = {
  rtsp: IconDeviceCctv,
  rtmp: IconDrone,
  srt: IconRouter,
  whip: IconBroadcast,
} as const satisfies Readonly<Record<FeedKind, unknown>>;

export function StateIcon({ state, size }: { readonly state: FeedState; readonly size: number }): ReactNode {
  const Icon = STATES[state];
  return <Icon size={size} className={state === "connecting" ? classes["turning"] : undefined} aria-hidden />;
}

export function KindIcon({ kind, size }: { readonly kind: FeedKind; readonly size: number }): ReactNode {
  const Icon = KINDS[kind];
  return <Icon size={size} aria-hidden />;
}
