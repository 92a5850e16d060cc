"""The permissions table as staff reads it: the one that is asked everywhere (`cases.permissions`), without anything of a case."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cases.permissions import DUTIES, POOL, TABLE, WALLS
from cases.vocabulary import CaseStage, SessionStage
from web.sign_ins import account_of

STAGES = (*CaseStage, *SessionStage)


async def rights(request: Request) -> Response:
    """`actions` (`action`, and `allowed`: standing → stages, none of which means any), `duties`, `pool` and `walls` (duty → roles). For accounts of staff."""
    await account_of(request)
    actions = [
        {
            "action": str(action),
            "allowed": {str(standing): [str(stage) for stage in STAGES if stage in stages] for standing, stages in cells.items()},
        }
        for action, cells in TABLE.items()
    ]
    duties = {str(duty): sorted(map(str, roles)) for duty, roles in DUTIES.items()}
    pool = {str(duty): sorted(map(str, roles)) for duty, roles in POOL.items()}
    walls = {str(duty): sorted(map(str, roles)) for duty, roles in WALLS.items()}
    return JSONResponse({"actions": actions, "duties": duties, "pool": pool, "walls": walls})


RIGHTS_ROUTES = [Route("/api/rights", rights)]
