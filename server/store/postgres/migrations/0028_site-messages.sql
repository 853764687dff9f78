ALTER TABLE "messages" ADD COLUMN "site" text;--> statement-breakpoint
ALTER TABLE "rooms" ADD COLUMN "data" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "data" text;