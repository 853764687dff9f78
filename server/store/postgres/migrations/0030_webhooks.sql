CREATE TABLE "webhook_checks" (
	"tenant" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"at" bigint NOT NULL,
	CONSTRAINT "webhook_checks_tenant_room_at_pk" PRIMARY KEY("tenant","room","at")
);
--> statement-breakpoint
CREATE TABLE "webhook_events" (
	"tenant" text COLLATE "C" NOT NULL,
	"webhook" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"rev" bigint NOT NULL,
	"event" text NOT NULL,
	"seq" bigint,
	"at" bigint NOT NULL,
	CONSTRAINT "webhook_events_tenant_webhook_room_rev_pk" PRIMARY KEY("tenant","webhook","room","rev")
);
--> statement-breakpoint
CREATE TABLE "webhook_holds" (
	"tenant" text COLLATE "C" NOT NULL,
	"webhook" text COLLATE "C" NOT NULL,
	"room" text COLLATE "C" NOT NULL,
	"attempts" bigint NOT NULL,
	"next_at" bigint NOT NULL,
	"why" text NOT NULL,
	CONSTRAINT "webhook_holds_tenant_webhook_room_pk" PRIMARY KEY("tenant","webhook","room")
);
--> statement-breakpoint
CREATE TABLE "webhooks" (
	"tenant" text COLLATE "C" NOT NULL,
	"id" text COLLATE "C" NOT NULL,
	"url" text NOT NULL,
	"events" text NOT NULL,
	"secrets" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	"delivered_at" bigint,
	"dropped" bigint DEFAULT 0 NOT NULL,
	"dropped_at" bigint,
	"disabled_at" bigint,
	"disabled_why" text,
	"leased_by" text COLLATE "C",
	"leased_until" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "webhooks_tenant_id_pk" PRIMARY KEY("tenant","id")
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "unread_told_at" bigint;--> statement-breakpoint
CREATE INDEX "webhook_checks_by_time" ON "webhook_checks" USING btree ("at");