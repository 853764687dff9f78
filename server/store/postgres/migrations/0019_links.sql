CREATE TABLE "links" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"code" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint,
	"max_uses" bigint,
	"used" bigint NOT NULL,
	CONSTRAINT "links_tenant_room_id_pk" PRIMARY KEY("tenant","room","id")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "links_by_code" ON "links" USING btree ("code","tenant");