ALTER TABLE "members" ADD COLUMN "muted_until" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "mute_mentions" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "pinned_at" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "archived_seq" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "unread_from" bigint;--> statement-breakpoint
ALTER TABLE "members" ADD COLUMN "arranged_rev" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "members_pinned" ON "members" USING btree ("tenant","user","pinned_at") WHERE "members"."pinned_at" IS NOT NULL;--> statement-breakpoint
CREATE INDEX "members_archived" ON "members" USING btree ("tenant","user") WHERE "members"."archived_seq" IS NOT NULL;