CREATE TABLE "mentions" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"edited_at" bigint,
	CONSTRAINT "mentions_tenant_room_user_seq_pk" PRIMARY KEY("tenant","room","user","seq")
);
--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "mentions" text;