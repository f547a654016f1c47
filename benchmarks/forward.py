"""What forwarding one packet costs: a real worker on loopback, a compiled generator, sinks that drop in the kernel.

    python benchmarks/forward.py --scenario video-45k --json

Each line of output is one JSON object; the last line is the summary. `cpu_us_per_fwd` is the scheduler run time of the
relay's threads divided by the packets delivered; `reference_us` is one AES-GCM seal and one sendmsg per packet to the
same sinks on the same CPU in the same run; `ratio` is the first over the second, which cancels the machine's noise.
ICE is done, SRTP is AEAD_AES_128_GCM, TWCC and NACK are negotiated and answered. See docs/decisions/0004.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCENARIOS = ("video-7k", "video-45k", "video-90k", "thumbs-30k", "audio-40k")
TARGETS = {"video-45k": {"cpu_us_per_fwd": 3.0, "ratio": 1.2}, "video-90k": {"cpu_us_per_fwd": 3.0, "ratio": 1.2}}
MAX_LOSS, MAX_P99_MS = 0.001, 10.0


def build() -> Path:
    """The generator, built with the same profile as the product."""
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--quiet", "-p", "relay-bench"],
        cwd=ROOT,
        check=True,
        stdout=sys.stderr,
    )
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--no-deps"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(json.loads(metadata.stdout)["target_directory"]) / "release" / "relay-bench"


def measure(program: Path, scenario: str, seconds: float) -> dict[str, object]:
    done = subprocess.run(
        [program, "--scenario", scenario, "--seconds", str(seconds)],
        check=True, capture_output=True, text=True, timeout=seconds * 6 + 60,
    )  # fmt: skip
    result: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def meets_target(result: dict[str, object]) -> bool:
    limits = {"loss": MAX_LOSS, "added_latency_p99_ms": MAX_P99_MS, **TARGETS.get(str(result["scenario"]), {})}
    return all(float(str(result[name])) <= limit for name, limit in limits.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", choices=SCENARIOS, action="append", help="default: all")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the measured window")
    parser.add_argument("--quick", action="store_true", help="all within 45 s")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    program = build()
    results = []
    for scenario in options.scenario or SCENARIOS:
        result = measure(program, scenario, 2.0 if options.quick else options.seconds)
        result["meets_target"] = meets_target(result)
        results.append(result)
        print(json.dumps(result) if options.json else readable(result), flush=True)
    summary = {
        "benchmark": "forward",
        "scenarios": len(results),
        "meets_target": all(r["meets_target"] for r in results),
    }
    if len(results) == 1:
        summary = {**results[0], **summary}
    print(json.dumps(summary) if options.json else ("all targets met" if summary["meets_target"] else "TARGETS MISSED"))


def readable(result: dict[str, object]) -> str:
    return (
        f"{result['scenario']:<11} {result['cpu_us_per_fwd']:.2f} µs/packet (reference {result['reference_us']:.2f}, "
        f"ratio {result['ratio']:.2f})  loss {result['loss']:.5f}  p99 {result['added_latency_p99_ms']:.2f} ms"
    )


if __name__ == "__main__":
    main()
