"""An object store that speaks S3 over HTTP and checks signatures: moto, as a process of its own. What it stores survives its going away and coming back.

As a program it reads a line a command and answers with one of JSON; its input's end is its own.
"""

from __future__ import annotations

import json
import os
import secrets
import sys

from storage.bucket import Bucket, Place
from tests.simulator import Simulator

UNSIGNED = 3
"""Calls that moto takes before it looks at signatures: those that make the user."""


class ObjectStore(Simulator):
    def __init__(self) -> None:
        env = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": str(UNSIGNED)}
        super().__init__("tests.storage.object_store", env=env, quiet=True)
        self.endpoint, self.key, self.secret = (str(self.began[name]) for name in ("endpoint", "key", "secret"))

    def go_away(self) -> None:
        """Nothing listens there any more."""
        self.do("stop")

    def come_back(self) -> None:
        self.do("start")

    def new_bucket(self) -> Bucket:
        name = f"evidence-{secrets.token_hex(4)}"
        self.do(f"make {name}")
        return self.bucket(name)

    def bucket(self, name: str, secret: str = "") -> Bucket:
        return Bucket(Place(name, self.endpoint), self.key, secret or self.secret)


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
