ALTER TABLE "tenants" ADD COLUMN "disabled_at" bigint;--> statement-breakpoint
ALTER TABLE "tenants" ADD COLUMN "enabled_at" bigint;