"""An object storage that speaks S3, in a process of its own: `python -m tests.fakes.s3_server PORT FOLDER`.

It keeps everything in a folder, so that it may be killed and started again. Signatures (Signature Version 4), checksums
and part sizes are compared as the real one does. `POST /-/faults` with a JSON object sets what goes wrong from then on:
corrupt: bytes are changed after their checksum was compared; no_checksums: as servers that know none;
drop_after_parts: the connection is cut at every part behind so many.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import shutil
import sys
import uuid
from pathlib import Path
from urllib.parse import quote, unquote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from aiohttp import web

ACCESS_KEY, SECRET_KEY, BUCKET, REGION = "AKIATESTONLY", "geheim/ganz+geheim=", "recordings", "us-east-1"
CHUNK = 1 << 16
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


class Refusal(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status, self.code = status, code


def signature(request: web.Request, fields: dict[str, str]) -> str:
    """As of "Authenticating Requests: Using the Authorization Header" of the S3 API reference."""
    names = fields["SignedHeaders"].split(";")
    query = sorted(request.query.items())
    canonical = "\n".join(
        [
            request.method,
            quote(unquote(request.raw_path.partition("?")[0]), safe="/~-._"),
            "&".join(f"{quote(key, safe='~-._')}={quote(value, safe='~-._')}" for key, value in query),
            *(f"{name}:{' '.join(request.headers[name].split())}" for name in names),
            "",
            fields["SignedHeaders"],
            request.headers["x-amz-content-sha256"],
        ]
    )
    day, region, service, last = fields["Credential"].split("/")[1:]
    scope = f"{day}/{region}/{service}/{last}"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{hashed}"
    key = f"AWS4{SECRET_KEY}".encode()
    for step in (day, region, service, last):
        key = hmac.digest(key, step.encode(), "sha256")
    return hmac.digest(key, to_sign.encode(), "sha256").hex()


def check_signature(request: web.Request) -> None:
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    fields = dict(field.strip().partition("=")[::2] for field in rest.split(","))
    if scheme != "AWS4-HMAC-SHA256" or fields["Credential"].split("/")[0] != ACCESS_KEY:
        raise Refusal(403, "InvalidAccessKeyId")
    if not hmac.compare_digest(signature(request, fields), fields["Signature"]):
        raise Refusal(403, "SignatureDoesNotMatch")


def document(root: str, inner: str) -> web.Response:
    return web.Response(
        text=f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">{inner}</{root}>',
        content_type="application/xml",
    )


def element(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


class Storage:
    def __init__(self, root: Path) -> None:
        self.objects = root / "objects"
        self.uploads = root / "uploads"
        self.objects.mkdir(parents=True, exist_ok=True)
        self.uploads.mkdir(exist_ok=True)
        self.faults: dict[str, int] = {}
        self.parts_taken = 0
        self.requests: list[str] = []

    def path_of(self, key: str) -> Path:
        return self.objects / quote(key, safe="")

    # ---- bodies ----

    async def receive(self, request: web.Request, to: Path) -> dict[str, object]:
        """Stores the body; what is known of it. A checksum that does not match leaves nothing behind."""
        sha256, md5, size = hashlib.sha256(), hashlib.md5(), 0
        with to.with_suffix(".new").open("wb") as file:
            async for chunk in request.content.iter_chunked(CHUNK):
                sha256.update(chunk)
                md5.update(chunk)
                size += len(chunk)
                file.write(chunk)
        claimed = request.headers["x-amz-content-sha256"]
        if claimed not in ("UNSIGNED-PAYLOAD", sha256.hexdigest()):
            raise Refusal(400, "XAmzContentSHA256Mismatch")
        checksum = base64.b64encode(sha256.digest()).decode()
        wanted = request.headers.get("x-amz-checksum-sha256")
        if wanted is not None and wanted != checksum and not self.faults.get("no_checksums"):
            raise Refusal(400, "BadDigest")
        if self.faults.get("corrupt"):
            with to.with_suffix(".new").open("r+b") as file:
                file.write(b"\xff\x00\xff")
            checksum = base64.b64encode(hashlib.sha256(to.with_suffix(".new").read_bytes()).digest()).decode()
        known = None if self.faults.get("no_checksums") or wanted is None else checksum
        to.with_suffix(".new").rename(to)
        return {"size": size, "etag": f'"{md5.hexdigest()}"', "checksum": known}

    @staticmethod
    def note(at: Path, what: dict[str, object]) -> None:
        at.with_name(at.name + ".json").write_text(json.dumps(what))

    @staticmethod
    def noted(at: Path) -> dict[str, object]:
        return dict(json.loads(at.with_name(at.name + ".json").read_text()))

    # ---- verbs of objects ----

    async def put_object(self, request: web.Request, key: str) -> web.StreamResponse:
        at = self.path_of(key)
        what = await self.receive(request, at)
        self.note(at, what)
        return web.Response(headers={"ETag": str(what["etag"])} | self.checksum_header(what))

    @staticmethod
    def checksum_header(what: dict[str, object]) -> dict[str, str]:
        return {"x-amz-checksum-sha256": str(what["checksum"])} if what.get("checksum") else {}

    async def get_object(self, request: web.Request, key: str) -> web.StreamResponse:
        at = self.path_of(key)
        if not at.exists():
            raise Refusal(404, "NoSuchKey")
        what = self.noted(at)
        headers = {"ETag": str(what["etag"])}
        if request.headers.get("x-amz-checksum-mode") == "ENABLED":
            headers |= self.checksum_header(what)
        return web.FileResponse(at, chunk_size=CHUNK, headers=headers)

    async def delete_object(self, request: web.Request, key: str) -> web.StreamResponse:
        for path in (self.path_of(key), self.path_of(key).with_name(self.path_of(key).name + ".json")):
            path.unlink(missing_ok=True)
        return web.Response(status=204)

    # ---- uploads in parts ----

    def upload(self, request: web.Request, key: str) -> Path:
        at = self.uploads / request.query["uploadId"]
        if not at.exists() or (at / "key").read_text() != key:
            raise Refusal(404, "NoSuchUpload")
        return at

    async def begin(self, request: web.Request, key: str) -> web.StreamResponse:
        upload = uuid.uuid4().hex
        (self.uploads / upload).mkdir()
        (self.uploads / upload / "key").write_text(key)
        return document("InitiateMultipartUploadResult", element("Key", key) + element("UploadId", upload))

    async def put_part(self, request: web.Request, key: str) -> web.StreamResponse:
        upload = self.upload(request, key)
        limit = self.faults.get("drop_after_parts")
        if limit is not None and self.parts_taken >= limit:
            assert request.transport is not None
            request.transport.abort()
            raise Refusal(500, "InternalError")
        at = upload / request.query["partNumber"]
        what = await self.receive(request, at)
        self.note(at, what)
        self.parts_taken += 1
        return web.Response(headers={"ETag": str(what["etag"])} | self.checksum_header(what))

    async def list_parts(self, request: web.Request, key: str) -> web.StreamResponse:
        upload = self.upload(request, key)
        after, limit = int(request.query.get("part-number-marker", 0)), int(request.query.get("max-parts", 1000))
        numbers = sorted(int(path.stem) for path in upload.glob("*.json") if int(path.stem) > after)
        page = numbers[: min(limit, 2)]  # small pages, so that paging is used
        rows = "".join(self.part_row(number, self.noted(upload / str(number))) for number in page)
        truncated = element("IsTruncated", str(len(page) < len(numbers)).lower())
        return document("ListPartsResult", truncated + rows)

    @staticmethod
    def part_row(number: int, what: dict[str, object]) -> str:
        checksum = element("ChecksumSHA256", what["checksum"]) if what["checksum"] else ""
        inner = element("PartNumber", number) + element("ETag", what["etag"]) + element("Size", what["size"]) + checksum
        return f"<Part>{inner}</Part>"

    async def complete(self, request: web.Request, key: str) -> web.StreamResponse:
        upload = self.upload(request, key)
        tree = ElementTree.fromstring(await request.text())
        listed = [{child.tag.split("}")[-1]: child.text for child in part} for part in tree]
        parts = [self.noted(upload / str(part["PartNumber"])) for part in listed]
        for claimed, part in zip(listed, parts, strict=True):
            if claimed["ETag"] != part["etag"] or claimed.get("ChecksumSHA256") not in (None, part["checksum"]):
                raise Refusal(400, "InvalidPart")
        if any(int(str(part["size"])) < 5 << 20 for part in parts[:-1]):
            raise Refusal(400, "EntityTooSmall")
        at = self.path_of(key)
        with at.with_suffix(".new").open("wb") as whole:
            for part in listed:
                with (upload / str(part["PartNumber"])).open("rb") as file:
                    shutil.copyfileobj(file, whole)
        at.with_suffix(".new").rename(at)
        self.note(
            at, {"size": at.stat().st_size, "etag": f'"{uuid.uuid4().hex}-{len(parts)}"', **self.composite(parts)}
        )
        shutil.rmtree(upload)
        return document("CompleteMultipartUploadResult", element("Key", key))

    @staticmethod
    def composite(parts: list[dict[str, object]]) -> dict[str, object]:
        if not all(part["checksum"] for part in parts):
            return {"checksum": None}
        together = b"".join(base64.b64decode(str(part["checksum"])) for part in parts)
        return {"checksum": f"{base64.b64encode(hashlib.sha256(together).digest()).decode()}-{len(parts)}"}

    async def abort(self, request: web.Request, key: str) -> web.StreamResponse:
        shutil.rmtree(self.upload(request, key))
        return web.Response(status=204)

    # ---- the bucket ----

    async def list_objects(self, request: web.Request) -> web.StreamResponse:
        keys = sorted(unquote(path.stem) for path in self.objects.glob("*.json"))
        keys = [key for key in keys if key.startswith(request.query.get("prefix", ""))]
        page = keys[: int(request.query.get("max-keys", 1000))]
        rows = "".join(f"<Contents>{element('Key', key)}</Contents>" for key in page)
        truncated = str(len(page) < len(keys)).lower()
        return document("ListBucketResult", element("IsTruncated", truncated) + rows)

    async def list_uploads(self, request: web.Request) -> web.StreamResponse:
        rows = ""
        for upload in sorted(self.uploads.iterdir()):
            key = (upload / "key").read_text()
            if key.startswith(request.query.get("prefix", "")):
                rows += f"<Upload>{element('Key', key)}{element('UploadId', upload.name)}</Upload>"
        return document("ListMultipartUploadsResult", element("IsTruncated", "false") + rows)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        check_signature(request)
        bucket, _, key = unquote(request.raw_path.partition("?")[0]).lstrip("/").partition("/")
        if bucket != BUCKET:
            raise Refusal(404, "NoSuchBucket")
        has_upload = "uploadId" in request.query
        self.requests.append(f"{request.method} {'part ' if has_upload else ''}{key}")
        if not key:
            if "versioning" in request.query:
                return document("VersioningConfiguration", "")
            return await (self.list_uploads if "uploads" in request.query else self.list_objects)(request)
        verbs = {
            ("POST", False): self.begin,
            ("POST", True): self.complete,
            ("PUT", False): self.put_object,
            ("PUT", True): self.put_part,
            ("GET", False): self.get_object,
            ("HEAD", False): self.get_object,
            ("GET", True): self.list_parts,
            ("DELETE", False): self.delete_object,
            ("DELETE", True): self.abort,
        }
        return await verbs[request.method, has_upload](request, key)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self.answer(request)
        except Refusal as refusal:
            text = f"<Error>{element('Code', refusal.code)}{element('Message', 'in its own words')}</Error>"
            return web.Response(status=refusal.status, text=text, content_type="application/xml")

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        self.faults = await request.json()
        self.parts_taken = 0
        return web.Response(status=204)

    async def asked(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(self.requests)


async def serve(port: int, root: Path) -> None:
    storage = Storage(root)
    app = web.Application(client_max_size=1 << 30)
    app.router.add_post("/-/faults", storage.set_faults)
    app.router.add_get("/-/requests", storage.asked)
    app.router.add_route("*", "/{path:.*}", storage.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
