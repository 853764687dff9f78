CREATE TABLE "erasures" (
	"tenant" text COLLATE "C" NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C",
	"at" bigint NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"done_at" bigint,
	CONSTRAINT "erasures_tenant_hash_pk" PRIMARY KEY("tenant","hash")
);
--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "cut_at" bigint;