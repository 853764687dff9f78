CREATE TABLE "hosts" (
	"host" text COLLATE "C" PRIMARY KEY NOT NULL,
	"tenant" text COLLATE "C" NOT NULL
);
--> statement-breakpoint
CREATE TABLE "members" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	"role" text NOT NULL,
	"read_seq" bigint NOT NULL,
	"read_at" bigint,
	"joined_seq" bigint NOT NULL,
	"left_seq" bigint,
	"muted" boolean NOT NULL,
	CONSTRAINT "members_tenant_room_user_pk" PRIMARY KEY("tenant","room","user")
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"seq" bigint NOT NULL,
	"rev" bigint NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"author" text COLLATE "C" NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"hash" text COLLATE "C" NOT NULL,
	"created_at" bigint NOT NULL,
	"edited_at" bigint,
	"deleted_at" bigint,
	CONSTRAINT "messages_tenant_room_seq_pk" PRIMARY KEY("tenant","room","seq")
);
--> statement-breakpoint
CREATE TABLE "meta" (
	"key" text COLLATE "C" PRIMARY KEY NOT NULL,
	"value" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rooms" (
	"tenant" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"kind" text NOT NULL,
	"name" text,
	"key" text COLLATE "C",
	"head" bigint NOT NULL,
	"rev" bigint NOT NULL,
	"last_seq" bigint NOT NULL,
	"last_at" bigint NOT NULL,
	"member_count" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "rooms_tenant_id_pk" PRIMARY KEY("tenant","id")
);
--> statement-breakpoint
CREATE TABLE "tenants" (
	"id" text COLLATE "C" PRIMARY KEY NOT NULL,
	"secrets" jsonb NOT NULL,
	"origins" jsonb NOT NULL,
	"directory" text NOT NULL,
	"created_at" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "user_words" (
	"tenant" text COLLATE "C" NOT NULL,
	"word" text COLLATE "C" NOT NULL,
	"user" text COLLATE "C" NOT NULL,
	CONSTRAINT "user_words_tenant_word_user_pk" PRIMARY KEY("tenant","word","user")
);
--> statement-breakpoint
CREATE TABLE "users" (
	"tenant" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"name" text NOT NULL,
	"avatar_url" text,
	"folded" text COLLATE "C" NOT NULL,
	"last_seen_at" bigint,
	"created_at" bigint NOT NULL,
	CONSTRAINT "users_tenant_id_pk" PRIMARY KEY("tenant","id")
);
--> statement-breakpoint
ALTER TABLE "hosts" ADD CONSTRAINT "hosts_tenant_tenants_id_fk" FOREIGN KEY ("tenant") REFERENCES "tenants"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "members_by_user" ON "members" USING btree ("tenant","user");--> statement-breakpoint
CREATE UNIQUE INDEX "messages_by_id" ON "messages" USING btree ("tenant","room","id");--> statement-breakpoint
CREATE INDEX "messages_changed" ON "messages" USING btree ("tenant","room","rev") WHERE "messages"."rev" > "messages"."seq";--> statement-breakpoint
CREATE UNIQUE INDEX "rooms_by_key" ON "rooms" USING btree ("tenant","key");--> statement-breakpoint
CREATE INDEX "words_by_user" ON "user_words" USING btree ("tenant","user");--> statement-breakpoint
CREATE INDEX "users_by_name" ON "users" USING btree ("tenant","folded","id");--> statement-breakpoint
-- Every message rewrites the row of its room: room on the page keeps the new version beside the old, without new index entries.
ALTER TABLE "rooms" SET (fillfactor = 50);--> statement-breakpoint
ALTER TABLE "members" SET (fillfactor = 80);
