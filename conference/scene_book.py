"""Scenes of rooms: boards saved by name, with versions."""

import secrets
from collections.abc import Callable, Sequence
from typing import Final

from conference.model.errors import SceneNotFound, TooManyScenes
from conference.model.ids import RoomId, SceneId
from conference.model.names import clean_name
from conference.model.wall import Board, Scene
from conference.model.wall_records import Act
from conference.ports import Clock, WallStore
from conference.walls.acts import By
from conference.walls.boards import Allowed, checked

MAX_SCENES: Final = 200
"""Of a room: more than anybody finds again in a list."""


class SceneBook:
    """Every verb returns when it is durable. `allowed`: which web pages may be shown. `changed`: called with the room
    after each change."""

    def __init__(self, store: WallStore, clock: Clock, allowed: Allowed, changed: Callable[[RoomId], None]) -> None:
        self._store = store
        self._clock = clock
        self._allowed = allowed
        self._changed = changed

    async def list(self, room: RoomId) -> Sequence[Scene]:
        """By name."""
        return await self._store.scenes(room)

    async def get(self, room: RoomId, scene: SceneId) -> Scene:
        """Raises SceneNotFound."""
        return await self._store.scene(room, scene)

    async def add(self, room: RoomId, name: str, board: Board, *, by: By) -> Scene:
        """Raises NameInvalid, InvalidLayout, ContentRefused, TooManyScenes."""
        if len(await self._store.scenes(room)) >= MAX_SCENES:
            raise TooManyScenes(room)
        scene = self._scene(room, SceneId(f"sc-{secrets.token_hex(6)}"), name, board, version=1, by=by)
        await self._store.add_scene(scene, self._act(scene, "scene-add", by))
        self._changed(room)
        return scene

    async def save(self, room: RoomId, scene: SceneId, name: str, board: Board, *, version: int, by: By) -> Scene:
        """`version`: the one it was made from. Raises as `add`, SceneNotFound, SceneChanged."""
        saved = self._scene(room, scene, name, board, version=version + 1, by=by)
        await self._store.save_scene(saved, self._act(saved, "scene-save", by))
        self._changed(room)
        return saved

    async def delete(self, room: RoomId, scene: SceneId, *, by: By) -> None:
        """Walls that show it go on showing it. Raises SceneNotFound."""
        gone = await self._store.scene(room, scene)
        await self._store.delete_scene(room, scene, self._act(gone, "scene-delete", by))
        self._changed(room)

    async def versions(self, room: RoomId, scene: SceneId) -> Sequence[Scene]:
        """Newest first. Raises SceneNotFound."""
        return await self._store.scene_versions(room, scene)

    async def version(self, room: RoomId, scene: SceneId, version: int) -> Scene:
        """Raises SceneNotFound, also for a version that is no longer kept."""
        for one in await self._store.scene_versions(room, scene):
            if one.version == version:
                return one
        raise SceneNotFound(f"{scene} version {version}")

    def _scene(self, room: RoomId, scene: SceneId, name: str, board: Board, *, version: int, by: By) -> Scene:
        return Scene(
            id=scene,
            room=room,
            name=clean_name(name),
            version=version,
            board=checked(board, self._allowed),
            saved_at_s=self._clock.wall_s(),
            saved_by=by.name,
        )

    def _act(self, scene: Scene, verb: str, by: By) -> Act:
        now_ms = int(self._clock.wall_s() * 1000)
        return Act(room=scene.room, at_ms=now_ms, verb=verb, by=by.name, identity=by.identity, detail=scene.name)
