CREATE TABLE "reactions" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"emoji" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	"rev" bigint NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "reactions_tenant_room_seq_emoji_user_pk" PRIMARY KEY("tenant","room","seq","emoji","user")
);
--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "reactions" text;