-- An invented county as version 0.1 wrote it: `sqlite3 heyi.sqlite3 .dump`. Never edit; later schemas must still read it.
BEGIN TRANSACTION;
CREATE TABLE "account" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "login" VARCHAR(60) NOT NULL UNIQUE,
    "name" VARCHAR(60) NOT NULL,
    "role" VARCHAR(20) NOT NULL,
    "org" VARCHAR(32) NOT NULL,
    "region" VARCHAR(12) NOT NULL,
    "speciality" VARCHAR(60) NOT NULL,
    "password_hash" VARCHAR(200) NOT NULL,
    "failures" INT NOT NULL,
    "locked_until" TIMESTAMP,
    "disabled" INT NOT NULL
);
INSERT INTO "account" VALUES('centre','centre','周主任','centre','centre','139901','','',0,NULL,0);
INSERT INTO "account" VALUES('wang','wang','王调解员','mediator','committee','139901','邻里、物业','',0,NULL,0);
INSERT INTO "account" VALUES('chen','chen','陈调解员','mediator','liulin','139901','土地、合同','',0,NULL,0);
INSERT INTO "account" VALUES('grid1','grid1','孙网格员','grid_worker','committee','139901001','','',0,NULL,0);
CREATE TABLE "case_file" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "seq" BIGINT NOT NULL,
    "code" VARCHAR(20) NOT NULL UNIQUE,
    "number" VARCHAR(60) NOT NULL,
    "stage" VARCHAR(20) NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "dispute_type" VARCHAR(40) NOT NULL,
    "region" VARCHAR(12) NOT NULL,
    "mediator" VARCHAR(32) NOT NULL,
    "synthetic" INT NOT NULL,
    "reported_at" TIMESTAMP NOT NULL,
    "due" TIMESTAMP,
    "agreed_at" TIMESTAMP,
    "state" TEXT NOT NULL,
    "room" TEXT NOT NULL,
    "agreement" TEXT NOT NULL
);
INSERT INTO "case_file" VALUES('88dc15aa8eb32023',1,'HY-V8JQ-PFHZ','','reported','dispute','其他','139901001','',1,'2026-01-05 02:00:00+00:00',NULL,NULL,'{"id":"88dc15aa8eb32023","code":"HY-V8JQ-PFHZ","kind":"dispute","stage":"reported","title":"路灯费摊派","facts":"双方协商未果，请求调解。","region":"139901001","region_name":"城关镇","place":"","source":"当事人申请","reported_at":"2026-01-05T02:00:00Z","parties":[{"id":"p1","name":"李某","capacity":"applicant","phone":"13800001234"}],"history":[{"stage":"reported","at":"2026-01-05T02:00:00Z"}],"synthetic":true}','','');
INSERT INTO "case_file" VALUES('882fa670d6860b97',7,'HY-7275-TC5B','安和人调字〔2026〕第00001号','mediating','dispute','邻里','139901001','wang',1,'2026-01-05 02:00:00+00:00','2026-02-04 02:00:00+00:00',NULL,'{"id":"882fa670d6860b97","code":"HY-7275-TC5B","kind":"dispute","stage":"mediating","title":"屋檐雨水流向邻家院墙","facts":"双方协商未果，请求调解。","region":"139901001","region_name":"城关镇","place":"","source":"当事人申请","reported_at":"2026-01-05T02:00:00Z","number":"安和人调字〔2026〕第00001号","dispute_type":"邻里","parties":[{"id":"p1","name":"李某","capacity":"applicant","phone":"13800001234"},{"id":"p2","name":"赵某","capacity":"respondent","phone":"13900005678"}],"history":[{"stage":"reported","at":"2026-01-05T02:00:00Z"},{"stage":"dispatched","at":"2026-01-05T02:00:00Z","who":"周主任"},{"stage":"accepted","at":"2026-01-05T02:00:00Z","who":"王调解员"},{"stage":"mediating","at":"2026-01-05T02:00:00Z","who":"王调解员"}],"mode":"assign","offered_to":["wang"],"offered_names":["安和县人民调解委员会"],"mediator":{"account":"wang","name":"王调解员","org":"committee","org_name":"安和县人民调解委员会"},"due":"2026-02-04T02:00:00Z","session_id":"882fa670d6860b97-05cbd253","synthetic":true}','{"id":"882fa670d6860b97-05cbd253","case_id":"882fa670d6860b97","opened_at":"2026-01-05T02:00:00Z","seats":{"m":{"id":"m","role":"mediator","name":"王调解员","state":"admitted","party":"wang","notice":true,"verified":true},"s1":{"id":"s1","role":"party","name":"李某","party":"p1"}}}','');
CREATE TABLE "draft_update" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "document" VARCHAR(60) NOT NULL,
    "seq" BIGINT NOT NULL,
    "author" VARCHAR(60) NOT NULL,
    "body" BLOB NOT NULL,
    "prev_hash" VARCHAR(64) NOT NULL,
    "hash" VARCHAR(64) NOT NULL,
    "at" VARCHAR(32) NOT NULL,
    CONSTRAINT "uid_draft_updat_documen_a04689" UNIQUE ("document", "seq")
);
CREATE TABLE "file" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "case_id" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "blob" VARCHAR(120) NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "size" BIGINT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
);
CREATE TABLE "ledger" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "case_id" VARCHAR(32) NOT NULL,
    "chain" VARCHAR(80) NOT NULL,
    "seq" BIGINT NOT NULL,
    "at" VARCHAR(32) NOT NULL,
    "kind" VARCHAR(40) NOT NULL,
    "payload_hash" VARCHAR(64) NOT NULL,
    "prev_hash" VARCHAR(64) NOT NULL,
    "entry_hash" VARCHAR(64) NOT NULL,
    CONSTRAINT "uid_ledger_chain_c0fb8b" UNIQUE ("chain", "seq")
);
INSERT INTO "ledger" VALUES(1,'88dc15aa8eb32023','88dc15aa8eb32023',1,'2026-01-05T02:00:00.000000Z','case.reported','654a46fd53e6de57f18750ff7aca63d48c6b1781882bfe9261f6bcc2847606b5','0000000000000000000000000000000000000000000000000000000000000000','bc0f012fec42fc529e86da2ae5b51fb95d036ddda6ff69426244ebf6470321d7');
INSERT INTO "ledger" VALUES(2,'882fa670d6860b97','882fa670d6860b97',1,'2026-01-05T02:00:00.000000Z','case.reported','981dff3e959c4a8c1121c24d166204bc66114f1216f308e8ae8f8c9ef0957cef','0000000000000000000000000000000000000000000000000000000000000000','82b564d11d55a11ac83b3276a420f2f948dc72a4e04ac131b450558d5bf3b5a9');
INSERT INTO "ledger" VALUES(3,'882fa670d6860b97','882fa670d6860b97',2,'2026-01-05T02:00:00.000000Z','case.classified','b412c33870a79a9e09c3828539e8ed6d3b66cff3e427d8b4f5631855aac0d96a','82b564d11d55a11ac83b3276a420f2f948dc72a4e04ac131b450558d5bf3b5a9','c89cb422e208d786cb010ef462568880190dcfa5f164e403ee106152515809ff');
INSERT INTO "ledger" VALUES(4,'882fa670d6860b97','882fa670d6860b97',3,'2026-01-05T02:00:00.000000Z','case.assigned','5277cb5e86e1d607de1a2e002290e56c603126640df0ab86b2df727f7dbd5216','c89cb422e208d786cb010ef462568880190dcfa5f164e403ee106152515809ff','973ceee3947435e9b74425da47eb0cc81b008b1eb618c3e52bbb301ef397c604');
INSERT INTO "ledger" VALUES(5,'882fa670d6860b97','882fa670d6860b97',4,'2026-01-05T02:00:00.000000Z','case.accepted','1b40c0afb9486f027138db7eee782c8820e7ca5f47acfe546e9e709cff662e6e','973ceee3947435e9b74425da47eb0cc81b008b1eb618c3e52bbb301ef397c604','3d73256f0d621bbdd4d414d55a1fdaad6f1edd8153c92c8a5d9a2a144d694e52');
INSERT INTO "ledger" VALUES(6,'882fa670d6860b97','882fa670d6860b97',5,'2026-01-05T02:00:00.000000Z','case.party_added','151ac21baefcb237f678d4322c11e2eaa5357602d306972f405bb31d5c9d69bf','3d73256f0d621bbdd4d414d55a1fdaad6f1edd8153c92c8a5d9a2a144d694e52','713021f62c433a56e233c3cccf7e49f142bfdc792aa5a1b6f957ac6d8a40bfb0');
INSERT INTO "ledger" VALUES(7,'882fa670d6860b97','882fa670d6860b97',6,'2026-01-05T02:00:00.000000Z','session.opened','da8f58d68dee89b749946a33a6035da8a0c5d2530330492647fcd30bdd09a2a4','713021f62c433a56e233c3cccf7e49f142bfdc792aa5a1b6f957ac6d8a40bfb0','86e55b04923f762469ec502cc8c7dd1609287e365550b55ad70ef85974d5e0cb');
INSERT INTO "ledger" VALUES(8,'882fa670d6860b97','882fa670d6860b97',7,'2026-01-05T02:00:00.000000Z','seat.invited','1677bc198fdb6267f40823f5f363c861c942dc32812ff0ed0a085dd7c31ead98','86e55b04923f762469ec502cc8c7dd1609287e365550b55ad70ef85974d5e0cb','d57ffb988b293e53dd8db02ebb613377fe35ca2205841755fba2ea446f17936f');
CREATE TABLE "ledger_payload" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "entry" VARCHAR(64) NOT NULL UNIQUE,
    "salt" VARCHAR(32) NOT NULL,
    "body" TEXT NOT NULL
);
INSERT INTO "ledger_payload" VALUES(1,'bc0f012fec42fc529e86da2ae5b51fb95d036ddda6ff69426244ebf6470321d7','c50c42a13d53dbcdae27c9abe20e1f66','{"code": "HY-V8JQ-PFHZ", "facts": "双方协商未果，请求调解。", "parties": [{"capacity": "applicant", "id": "p1", "name": "李某", "phone": "13800001234"}], "title": "路灯费摊派"}');
INSERT INTO "ledger_payload" VALUES(2,'82b564d11d55a11ac83b3276a420f2f948dc72a4e04ac131b450558d5bf3b5a9','0d15bbd13581fb5e3bd3d99b38c69625','{"code": "HY-7275-TC5B", "facts": "双方协商未果，请求调解。", "parties": [{"capacity": "applicant", "id": "p1", "name": "李某", "phone": "13800001234"}], "title": "屋檐雨水流向邻家院墙"}');
INSERT INTO "ledger_payload" VALUES(3,'c89cb422e208d786cb010ef462568880190dcfa5f164e403ee106152515809ff','787c43e721c3bbd6ad04c745b0279653','{"by": "account:centre", "dispute_type": "邻里", "kind": "dispute"}');
INSERT INTO "ledger_payload" VALUES(4,'973ceee3947435e9b74425da47eb0cc81b008b1eb618c3e52bbb301ef397c604','a4228d8a145cf6de3b59f97a3101612e','{"by": "account:centre", "note": "", "to": ["wang"]}');
INSERT INTO "ledger_payload" VALUES(5,'3d73256f0d621bbdd4d414d55a1fdaad6f1edd8153c92c8a5d9a2a144d694e52','49cff0a5633e91e1142268a4aed3d44c','{"due": "2026-02-04T02:00:00.000000Z", "mediator": "account:wang", "number": "安和人调字〔2026〕第00001号"}');
INSERT INTO "ledger_payload" VALUES(6,'713021f62c433a56e233c3cccf7e49f142bfdc792aa5a1b6f957ac6d8a40bfb0','c064334948d0304ed925853b0a8085ee','{"by": "account:wang", "person": {"capacity": "respondent", "id": "p2", "name": "赵某", "phone": "13900005678"}}');
INSERT INTO "ledger_payload" VALUES(7,'86e55b04923f762469ec502cc8c7dd1609287e365550b55ad70ef85974d5e0cb','7a854c05056df8d658dda23708bbfdcf','{"by": "account:wang", "session": "882fa670d6860b97-05cbd253"}');
INSERT INTO "ledger_payload" VALUES(8,'d57ffb988b293e53dd8db02ebb613377fe35ca2205841755fba2ea446f17936f','a6ceca8667bb06851cb180c45180c83c','{"minutes": 0, "name": "李某", "role": "party", "seat": "s1"}');
CREATE TABLE "link" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "case_id" VARCHAR(32) NOT NULL,
    "session_id" VARCHAR(32) NOT NULL,
    "seat" VARCHAR(8) NOT NULL,
    "account" VARCHAR(32) NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "used_at" TIMESTAMP,
    "revoked_at" TIMESTAMP
);
INSERT INTO "link" VALUES('8ee6d044294c6768f78cc947','seat','882fa670d6860b97','882fa670d6860b97-05cbd253','s1','','2026-01-06 02:00:00+00:00',NULL,NULL);
CREATE TABLE "login" (
    "id" VARCHAR(16) NOT NULL  PRIMARY KEY,
    "secret_hash" VARCHAR(64) NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "account" VARCHAR(32) NOT NULL,
    "case_id" VARCHAR(32) NOT NULL,
    "session_id" VARCHAR(32) NOT NULL,
    "seat" VARCHAR(8) NOT NULL,
    "link" VARCHAR(32) NOT NULL,
    "region" VARCHAR(12) NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP
);
CREATE TABLE "numbering" (
    "id" VARCHAR(60) NOT NULL  PRIMARY KEY,
    "taken" INT NOT NULL
);
INSERT INTO "numbering" VALUES('committee/2026',1);
CREATE TABLE "offer" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "case_id" VARCHAR(32) NOT NULL,
    "account" VARCHAR(32) NOT NULL,
    CONSTRAINT "uid_offer_case_id_3decc0" UNIQUE ("case_id", "account")
);
CREATE TABLE "organisation" (
    "id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "name" VARCHAR(80) NOT NULL,
    "short_name" VARCHAR(20) NOT NULL,
    "region" VARCHAR(12) NOT NULL,
    "phone" VARCHAR(20) NOT NULL
);
INSERT INTO "organisation" VALUES('centre','安和县综治中心','安和','139901','');
INSERT INTO "organisation" VALUES('committee','安和县人民调解委员会','安和','139901','');
INSERT INTO "organisation" VALUES('liulin','柳林镇人民调解委员会','柳林','139901','');
CREATE TABLE "outbox" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "destination" VARCHAR(40) NOT NULL,
    "key" VARCHAR(80) NOT NULL,
    "body" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "sent_at" TIMESTAMP,
    "attempts" INT NOT NULL
);
CREATE TABLE "receipt" (
    "id" VARCHAR(140) NOT NULL  PRIMARY KEY,
    "result" TEXT NOT NULL,
    "at" TIMESTAMP NOT NULL
);
CREATE TABLE "region" (
    "code" VARCHAR(12) NOT NULL  PRIMARY KEY,
    "name" VARCHAR(60) NOT NULL
);
INSERT INTO "region" VALUES('139901','安和县');
INSERT INTO "region" VALUES('139901001','城关镇');
INSERT INTO "region" VALUES('139901002','柳林镇');
CREATE TABLE "segment" (
    "id" VARCHAR(60) NOT NULL  PRIMARY KEY,
    "case_id" VARCHAR(32) NOT NULL,
    "session_id" VARCHAR(32) NOT NULL,
    "seat" VARCHAR(16) NOT NULL,
    "folder" VARCHAR(200) NOT NULL,
    "started_at" VARCHAR(32) NOT NULL,
    "state" VARCHAR(12) NOT NULL,
    "chunks" INT NOT NULL,
    "size" BIGINT NOT NULL,
    "duration_ms" BIGINT NOT NULL,
    "sha256" VARCHAR(64) NOT NULL,
    "info" TEXT NOT NULL
);
CREATE TABLE "session_key" (
    "session_id" VARCHAR(32) NOT NULL  PRIMARY KEY,
    "case_id" VARCHAR(32) NOT NULL,
    "wrapped" BLOB NOT NULL
);
CREATE TABLE "stream" (
    "name" VARCHAR(120) NOT NULL  PRIMARY KEY,
    "epoch" VARCHAR(16) NOT NULL,
    "head" BIGINT NOT NULL
);
INSERT INTO "stream" VALUES('case/88dc15aa8eb32023|reporter','48861e3a3ac9',1);
INSERT INTO "stream" VALUES('case/88dc15aa8eb32023|staff','541786d956f0',1);
INSERT INTO "stream" VALUES('centre/139901|staff','a83611ed7247',7);
INSERT INTO "stream" VALUES('code/HY-V8JQ-PFHZ|public','d2efa60a3289',1);
INSERT INTO "stream" VALUES('case/882fa670d6860b97|reporter','5ed1484f8cdb',5);
INSERT INTO "stream" VALUES('case/882fa670d6860b97|staff','bf738da5a50d',6);
INSERT INTO "stream" VALUES('code/HY-7275-TC5B|public','654a2ec370e5',5);
INSERT INTO "stream" VALUES('desk/wang|own','2911b1e12ed7',4);
INSERT INTO "stream" VALUES('room/882fa670d6860b97-05cbd253|m','348ceaca8710',2);
INSERT INTO "stream" VALUES('room/882fa670d6860b97-05cbd253|s1','025c17020066',1);
CREATE TABLE "stream_event" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "stream" VARCHAR(120) NOT NULL,
    "seq" BIGINT NOT NULL,
    "patch" TEXT NOT NULL,
    CONSTRAINT "uid_stream_even_stream_cbcdc6" UNIQUE ("stream", "seq")
);
INSERT INTO "stream_event" VALUES(1,'case/88dc15aa8eb32023|reporter',1,'{"code": "HY-V8JQ-PFHZ", "type": "其他", "kind": "dispute", "stage": "reported", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}], "id": "88dc15aa8eb32023", "title": "路灯费摊派", "facts": "双方协商未果，请求调解。", "pictures": []}');
INSERT INTO "stream_event" VALUES(2,'case/88dc15aa8eb32023|staff',1,'{"code": "HY-V8JQ-PFHZ", "number": "", "title": "路灯费摊派", "type": "其他", "kind": "dispute", "stage": "reported", "region": "城关镇", "parties": "李某", "reported_at": "2026-01-05T02:00:00.000000Z", "photos": 0, "synthetic": true, "id": "88dc15aa8eb32023", "facts": "双方协商未果，请求调解。", "place": "", "source": "当事人申请", "offered_to": [], "people": {"p1": {"name": "李某", "capacity": "applicant", "phone": "138****1234"}}, "pictures": [], "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(3,'centre/139901|staff',1,'{"cases": {"88dc15aa8eb32023": {"code": "HY-V8JQ-PFHZ", "number": "", "title": "路灯费摊派", "type": "其他", "kind": "dispute", "stage": "reported", "region": "城关镇", "parties": "李某", "reported_at": "2026-01-05T02:00:00.000000Z", "photos": 0, "synthetic": true}}}');
INSERT INTO "stream_event" VALUES(4,'code/HY-V8JQ-PFHZ|public',1,'{"code": "HY-V8JQ-PFHZ", "type": "其他", "kind": "dispute", "stage": "reported", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(5,'case/882fa670d6860b97|reporter',1,'{"code": "HY-7275-TC5B", "type": "其他", "kind": "dispute", "stage": "reported", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}], "id": "882fa670d6860b97", "title": "屋檐雨水流向邻家院墙", "facts": "双方协商未果，请求调解。", "pictures": []}');
INSERT INTO "stream_event" VALUES(6,'case/882fa670d6860b97|staff',1,'{"code": "HY-7275-TC5B", "number": "", "title": "屋檐雨水流向邻家院墙", "type": "其他", "kind": "dispute", "stage": "reported", "region": "城关镇", "parties": "李某", "reported_at": "2026-01-05T02:00:00.000000Z", "photos": 0, "synthetic": true, "id": "882fa670d6860b97", "facts": "双方协商未果，请求调解。", "place": "", "source": "当事人申请", "offered_to": [], "people": {"p1": {"name": "李某", "capacity": "applicant", "phone": "138****1234"}}, "pictures": [], "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(7,'centre/139901|staff',2,'{"cases": {"882fa670d6860b97": {"code": "HY-7275-TC5B", "number": "", "title": "屋檐雨水流向邻家院墙", "type": "其他", "kind": "dispute", "stage": "reported", "region": "城关镇", "parties": "李某", "reported_at": "2026-01-05T02:00:00.000000Z", "photos": 0, "synthetic": true}}}');
INSERT INTO "stream_event" VALUES(8,'code/HY-7275-TC5B|public',1,'{"code": "HY-7275-TC5B", "type": "其他", "kind": "dispute", "stage": "reported", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(9,'case/882fa670d6860b97|reporter',2,'{"type": "邻里"}');
INSERT INTO "stream_event" VALUES(10,'case/882fa670d6860b97|staff',2,'{"type": "邻里"}');
INSERT INTO "stream_event" VALUES(11,'centre/139901|staff',3,'{"cases": {"882fa670d6860b97": {"type": "邻里"}}}');
INSERT INTO "stream_event" VALUES(12,'code/HY-7275-TC5B|public',2,'{"type": "邻里"}');
INSERT INTO "stream_event" VALUES(13,'case/882fa670d6860b97|reporter',3,'{"stage": "dispatched", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}], "answer_by": "2026-01-06T02:00:00.000000Z"}');
INSERT INTO "stream_event" VALUES(14,'case/882fa670d6860b97|staff',3,'{"stage": "dispatched", "answer_by": "2026-01-06T02:00:00.000000Z", "offered": ["安和县人民调解委员会"], "mode": "assign", "offered_to": ["wang"], "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z", "who": "周主任"}]}');
INSERT INTO "stream_event" VALUES(15,'centre/139901|staff',4,'{"cases": {"882fa670d6860b97": {"stage": "dispatched", "answer_by": "2026-01-06T02:00:00.000000Z", "offered": ["安和县人民调解委员会"]}}}');
INSERT INTO "stream_event" VALUES(16,'code/HY-7275-TC5B|public',3,'{"stage": "dispatched", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}], "answer_by": "2026-01-06T02:00:00.000000Z"}');
INSERT INTO "stream_event" VALUES(17,'desk/wang|own',1,'{"orders": {"882fa670d6860b97": {"title": "屋檐雨水流向邻家院墙", "facts": "双方协商未果，请求调解。", "type": "邻里", "region": "城关镇", "reporter": "李*", "photos": 0, "mode": "assign", "answer_by": "2026-01-06T02:00:00.000000Z", "reported_at": "2026-01-05T02:00:00.000000Z"}}}');
INSERT INTO "stream_event" VALUES(18,'case/882fa670d6860b97|reporter',4,'{"answer_by": null, "stage": "accepted", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z"}], "due": "2026-02-04T02:00:00.000000Z", "mediator": "王调解员"}');
INSERT INTO "stream_event" VALUES(19,'case/882fa670d6860b97|staff',4,'{"offered": null, "answer_by": null, "number": "安和人调字〔2026〕第00001号", "stage": "accepted", "mediator": "王调解员", "due": "2026-02-04T02:00:00.000000Z", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z", "who": "周主任"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z", "who": "王调解员"}]}');
INSERT INTO "stream_event" VALUES(20,'centre/139901|staff',5,'{"cases": {"882fa670d6860b97": {"offered": null, "answer_by": null, "number": "安和人调字〔2026〕第00001号", "stage": "accepted", "mediator": "王调解员", "due": "2026-02-04T02:00:00.000000Z"}}}');
INSERT INTO "stream_event" VALUES(21,'code/HY-7275-TC5B|public',4,'{"answer_by": null, "stage": "accepted", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z"}], "due": "2026-02-04T02:00:00.000000Z"}');
INSERT INTO "stream_event" VALUES(22,'desk/wang|own',2,'{"orders": null, "cases": {"882fa670d6860b97": {"code": "HY-7275-TC5B", "number": "安和人调字〔2026〕第00001号", "title": "屋檐雨水流向邻家院墙", "type": "邻里", "kind": "dispute", "stage": "accepted", "region": "城关镇", "parties": "李某", "mediator": "王调解员", "reported_at": "2026-01-05T02:00:00.000000Z", "due": "2026-02-04T02:00:00.000000Z", "photos": 0, "synthetic": true}}}');
INSERT INTO "stream_event" VALUES(23,'case/882fa670d6860b97|staff',5,'{"parties": "李某、赵某", "people": {"p2": {"name": "赵某", "capacity": "respondent", "phone": "139****5678"}}}');
INSERT INTO "stream_event" VALUES(24,'centre/139901|staff',6,'{"cases": {"882fa670d6860b97": {"parties": "李某、赵某"}}}');
INSERT INTO "stream_event" VALUES(25,'desk/wang|own',3,'{"cases": {"882fa670d6860b97": {"parties": "李某、赵某"}}}');
INSERT INTO "stream_event" VALUES(26,'case/882fa670d6860b97|reporter',5,'{"stage": "mediating", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "mediating", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(27,'case/882fa670d6860b97|staff',6,'{"stage": "mediating", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z", "who": "周主任"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z", "who": "王调解员"}, {"stage": "mediating", "at": "2026-01-05T02:00:00.000000Z", "who": "王调解员"}], "session": "882fa670d6860b97-05cbd253", "session_stage": "identity"}');
INSERT INTO "stream_event" VALUES(28,'centre/139901|staff',7,'{"cases": {"882fa670d6860b97": {"stage": "mediating"}}}');
INSERT INTO "stream_event" VALUES(29,'code/HY-7275-TC5B|public',5,'{"stage": "mediating", "history": [{"stage": "reported", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "dispatched", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "accepted", "at": "2026-01-05T02:00:00.000000Z"}, {"stage": "mediating", "at": "2026-01-05T02:00:00.000000Z"}]}');
INSERT INTO "stream_event" VALUES(30,'desk/wang|own',4,'{"cases": {"882fa670d6860b97": {"stage": "mediating"}}}');
INSERT INTO "stream_event" VALUES(31,'room/882fa670d6860b97-05cbd253|m',1,'{"id": "882fa670d6860b97-05cbd253", "case": "882fa670d6860b97", "title": "屋檐雨水流向邻家院墙", "number": "安和人调字〔2026〕第00001号", "me": "m", "opened_at": "2026-01-05T02:00:00.000000Z", "stage": "identity", "recording": false, "mediator": "王调解员", "own": {"role": "mediator", "name": "王调解员", "state": "admitted", "consents": {}, "notice": true, "audio": true, "camera": true, "screen": false, "hand": false, "spoken": false, "muted": ["screen"]}, "seats": {"m": {"name": "王调解员", "role": "mediator", "state": "admitted", "audio": true, "camera": true, "screen": false, "consents": {}, "verified": true, "notice": true, "spoken": false, "party": "wang"}}, "lines": {}, "next": {"stage": "notice", "missing": [["no_parties", ""]]}}');
INSERT INTO "stream_event" VALUES(32,'room/882fa670d6860b97-05cbd253|m',2,'{"seats": {"s1": {"name": "李某", "role": "party", "state": "invited", "audio": false, "camera": true, "screen": false, "consents": {}, "verified": false, "notice": false, "spoken": false, "party": "p1"}}, "next": {"missing": [["not_present", "s1"]]}}');
INSERT INTO "stream_event" VALUES(33,'room/882fa670d6860b97-05cbd253|s1',1,'{"id": "882fa670d6860b97-05cbd253", "case": "882fa670d6860b97", "title": "屋檐雨水流向邻家院墙", "number": "安和人调字〔2026〕第00001号", "me": "s1", "opened_at": "2026-01-05T02:00:00.000000Z", "stage": "identity", "recording": false, "mediator": "王调解员", "own": {"role": "party", "name": "李某", "state": "invited", "consents": {}, "notice": false, "audio": true, "camera": true, "screen": false, "hand": false, "spoken": false, "muted": ["audio", "screen"]}}');
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
INSERT INTO "tortoise_migrations" VALUES(1,'heyi','0001_initial','2026-11-23 17:21:24.314092+00:00');
CREATE INDEX "idx_case_file_number_afa3c3" ON "case_file" ("number");
CREATE INDEX "idx_case_file_stage_0d3ef3" ON "case_file" ("stage");
CREATE INDEX "idx_case_file_region_5053b2" ON "case_file" ("region");
CREATE INDEX "idx_case_file_mediato_f183d4" ON "case_file" ("mediator");
CREATE INDEX "idx_file_case_id_a721e5" ON "file" ("case_id");
CREATE INDEX "idx_ledger_case_id_a199b6" ON "ledger" ("case_id");
CREATE INDEX "idx_link_case_id_7f2cc4" ON "link" ("case_id");
CREATE INDEX "idx_login_link_1dcaa9" ON "login" ("link");
CREATE INDEX "idx_offer_case_id_d2efcd" ON "offer" ("case_id");
CREATE INDEX "idx_offer_account_0a254c" ON "offer" ("account");
CREATE INDEX "idx_receipt_at_3c5764" ON "receipt" ("at");
CREATE INDEX "idx_segment_case_id_5bc113" ON "segment" ("case_id");
CREATE INDEX "idx_segment_session_8727eb" ON "segment" ("session_id");
CREATE INDEX "idx_session_key_case_id_67359f" ON "session_key" ("case_id");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tortoise_migrations',1);
INSERT INTO "sqlite_sequence" VALUES('ledger',8);
INSERT INTO "sqlite_sequence" VALUES('ledger_payload',8);
INSERT INTO "sqlite_sequence" VALUES('stream_event',33);
INSERT INTO "sqlite_sequence" VALUES('offer',1);
COMMIT;
