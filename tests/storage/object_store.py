"""An object store that speaks S3 over HTTP and checks signatures: moto, as a process of its own. What it stores survives its going away and coming back.

As a program it reads a line a command and answers with one of JSON; its input's end is its own.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from typing import Any

from storage.bucket import Bucket, Place

UNSIGNED = 3
"""Calls that moto takes before it looks at signatures: those that make the user."""


class ObjectStore:
    def __init__(self) -> None:
        env = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(UNSIGNED)}
        command = [sys.executable, "-m", "tests.storage.object_store"]
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        told = self._answer()
        self.endpoint, self.key, self.secret = told["endpoint"], told["key"], told["secret"]

    def end(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def go_away(self) -> None:
        """Nothing listens there any more."""
        self._do("stop")

    def come_back(self) -> None:
        self._do("start")

    def new_bucket(self) -> Bucket:
        name = f"evidence-{secrets.token_hex(4)}"
        self._do(f"make {name}")
        return self.bucket(name)

    def bucket(self, name: str, secret: str = "") -> Bucket:
        return Bucket(Place(name, self.endpoint), self.key, secret or self.secret)

    def _do(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


def main() -> None:
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    where = {"endpoint_url": f"http://{host}:{port}", "region_name": "us-east-1"}
    iam = boto3.client("iam", aws_access_key_id="nobody", aws_secret_access_key="nobody", **where)
    iam.create_user(UserName="heyi")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
    iam.put_user_policy(UserName="heyi", PolicyName="all", PolicyDocument=json.dumps(everything))
    made = iam.create_access_key(UserName="heyi")["AccessKey"]
    key, secret = made["AccessKeyId"], made["SecretAccessKey"]
    s3 = boto3.client("s3", aws_access_key_id=key, aws_secret_access_key=secret, **where)
    print(json.dumps({"endpoint": where["endpoint_url"], "key": key, "secret": secret}), flush=True)
    running = True
    for line in sys.stdin:
        match line.split():
            case ["make", name]:
                s3.create_bucket(Bucket=name)
            case ["stop"] if running:
                server.stop()
                running = False
            case ["start"] if not running:
                server = ThreadedMotoServer(host, port, verbose=False)
                server.start()
                running = True
        print("{}", flush=True)


if __name__ == "__main__":
    main()
