ALTER TABLE "rooms" ADD COLUMN "quiet_from" bigint;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "quiet_to" bigint;