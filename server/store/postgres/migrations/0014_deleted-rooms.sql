ALTER TABLE "rooms" ADD COLUMN "deleted_at" bigint;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "emptied_at" bigint;--> statement-breakpoint
CREATE INDEX "rooms_deleted" ON "rooms" USING btree ("tenant","id") WHERE "rooms"."deleted_at" IS NOT NULL AND "rooms"."emptied_at" IS NULL;