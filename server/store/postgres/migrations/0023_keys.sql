CREATE TABLE "keys" (
	"tenant" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"hash" text NOT NULL,
	"name" text NOT NULL,
	"scopes" text NOT NULL,
	"created_at" bigint NOT NULL,
	"used_at" bigint,
	CONSTRAINT "keys_tenant_id_pk" PRIMARY KEY("tenant","id")
);
