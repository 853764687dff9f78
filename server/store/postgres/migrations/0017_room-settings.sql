ALTER TABLE "members" ADD COLUMN "posted_at" bigint;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "picture_url" text;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "post" text;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "slow_mode" bigint;