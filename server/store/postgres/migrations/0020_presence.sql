ALTER TABLE "users" ADD COLUMN "presence" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "do_not_disturb" boolean DEFAULT false NOT NULL;