import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { arrange, isPhone, PAGER_HEIGHT } from "../src/layout/arrange";
import { gridFor, placeGrid, type Rect } from "../src/layout/grid";

const SLACK = 0.01;
const SHAPE = { gap: 12, tallest: 4 / 3, widest: 16 / 9 };
const box = fc.record({ width: fc.integer({ min: 200, max: 4000 }), height: fc.integer({ min: 200, max: 2400 }) });
const count = fc.integer({ min: 1, max: 60 });

const inside = (rect: Rect, width: number, height: number): boolean =>
  rect.x >= -SLACK && rect.y >= -SLACK && rect.x + rect.width <= width + SLACK && rect.y + rect.height <= height + SLACK;

const apart = (a: Rect, b: Rect): boolean =>
  a.x + a.width <= b.x + SLACK || b.x + b.width <= a.x + SLACK || a.y + a.height <= b.y + SLACK || b.y + b.height <= a.y + SLACK;

const ids = (length: number): string[] => Array.from({ length }, (_, index) => `t${String(index)}`);

describe("the grid", () => {
  it("keeps every tile inside, apart from the others, in an allowed shape", () => {
    fc.assert(
      fc.property(count, box, (tiles, { width, height }) => {
        const places = placeGrid(tiles, { width, height }, SHAPE);
        expect(places).toHaveLength(tiles);
        places.forEach((place, index) => {
          expect(inside(place, width, height)).toBe(true);
          for (const other of places.slice(index + 1)) expect(apart(place, other)).toBe(true);
          if (place.width === 0) return;
          expect(place.width / place.height).toBeGreaterThanOrEqual(SHAPE.tallest - SLACK);
          expect(place.width / place.height).toBeLessThanOrEqual(SHAPE.widest + SLACK);
        });
      }),
    );
  });

  it("never makes tiles smaller when there is more room", () => {
    fc.assert(
      fc.property(count, box, fc.integer({ min: 0, max: 500 }), (tiles, room, more) => {
        const small = gridFor(tiles, room, SHAPE).tile;
        const large = gridFor(tiles, { width: room.width + more, height: room.height + more }, SHAPE).tile;
        expect(large.width * large.height).toBeGreaterThanOrEqual(small.width * small.height - SLACK);
      }),
    );
  });

  it("looks as people expect on a desktop and on a phone", () => {
    const desktop = { width: 1896, height: 950 };
    expect(gridFor(2, desktop, SHAPE).columns).toBe(2);
    expect(gridFor(4, desktop, SHAPE).columns).toBe(2);
    expect(gridFor(9, desktop, SHAPE).columns).toBe(3);
    expect(gridFor(16, desktop, SHAPE).columns).toBe(4);
    const phone = arrange(ids(4), null, { width: 378, height: 730 }, 0).places;
    expect(new Set([...phone.values()].map((place) => place.x)).size).toBe(2);
  });

  it("centres the last row", () => {
    const places = placeGrid(5, { width: 1896, height: 950 }, SHAPE);
    const last = places.slice(3);
    const left = last[0]?.x ?? 0;
    const right = 1896 - ((last[1]?.x ?? 0) + (last[1]?.width ?? 0));
    expect(left).toBeCloseTo(right, 3);
  });
});

describe("the stage", () => {
  it("shows the big tile and some others, all inside and apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), box, fc.integer({ min: 0, max: 50 }), (tiles, room, page) => {
        const plan = arrange(ids(tiles), "t0", room, page);
        const places = [...plan.places.values()];
        expect(plan.places.has("t0")).toBe(true);
        expect(plan.page).toBeLessThan(plan.pages);
        places.forEach((place, index) => {
          expect(inside(place, room.width, room.height)).toBe(true);
          for (const other of places.slice(index + 1)) expect(apart(place, other)).toBe(true);
        });
        const main = plan.places.get("t0");
        for (const [id, place] of plan.places) {
          if (id !== "t0" && main) expect(main.width * main.height).toBeGreaterThan(place.width * place.height - SLACK);
        }
      }),
    );
  });
});

describe("pages", () => {
  it("show every tile on exactly one page", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 80 }), box, (tiles, room) => {
        const seen: string[] = [];
        const { pages } = arrange(ids(tiles), null, room, 0);
        for (let page = 0; page < pages; page++) seen.push(...arrange(ids(tiles), null, room, page).places.keys());
        expect(seen.sort()).toEqual(ids(tiles).sort());
      }),
    );
  });

  it("hold 16 tiles on a desktop and 6 on a phone, and leave room for the buttons", () => {
    const desktop = { width: 1896, height: 950 };
    expect(arrange(ids(16), null, desktop, 0).pages).toBe(1);
    const two = arrange(ids(17), null, desktop, 0);
    expect(two.pages).toBe(2);
    for (const place of two.places.values()) {
      expect(place.y + place.height).toBeLessThanOrEqual(desktop.height - PAGER_HEIGHT + SLACK);
    }
    expect(arrange(ids(7), null, { width: 378, height: 730 }, 0).places.size).toBe(6);
    expect(arrange(ids(7), null, { width: 378, height: 730 }, 99).places.size).toBe(1);
    expect(isPhone({ width: 800, height: 340 })).toBe(true);
    expect(isPhone({ width: 1280, height: 560 })).toBe(false);
  });
});
