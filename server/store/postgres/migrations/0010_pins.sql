ALTER TABLE "messages" ADD COLUMN "pinned_by" text COLLATE "C";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "pinned_at" bigint;--> statement-breakpoint
CREATE INDEX "messages_pinned" ON "messages" USING btree ("tenant","room","pinned_at") WHERE "messages"."pinned_at" IS NOT NULL;